"""The time."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_iso(self) -> str:
        """Return the time in UTC as ISO 8601 with microseconds."""
        ...
