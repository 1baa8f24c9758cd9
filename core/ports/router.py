"""What decides which workflow a request takes."""

from __future__ import annotations

from typing import Protocol

from core.ports.call_context import CallContext
from core.routing import RouteDecision


class Router(Protocol):
    """Decides which workflow a request takes."""

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Classify ``text``. Raises: Unavailable, DeadlineExceeded."""
        ...
