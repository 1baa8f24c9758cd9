"""Which routes can be taken now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.routing import Route


class ServiceHealth(Protocol):
    """Knows which routes cannot be taken now."""

    async def unavailable_routes(self) -> Mapping[Route, str]:
        """Return the routes whose services are down or draining, each with the reason."""
        ...
