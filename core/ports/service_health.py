"""Which workflows can be taken now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class ServiceHealth(Protocol):
    """Knows which workflows cannot be taken now."""

    async def unavailable_workflows(self) -> Mapping[str, str]:
        """Return the workflows whose services are down or draining, each with the reason."""
        ...
