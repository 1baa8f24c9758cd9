"""The time and the ids of this machine."""

from __future__ import annotations

from datetime import UTC, datetime

import uuid_utils


class SystemClock:
    """Tells the time of this machine (`core.ports.Clock`)."""

    def now_iso(self) -> str:
        """Return the time in UTC as ISO 8601 with microseconds."""
        return datetime.now(UTC).isoformat(timespec="microseconds")


def new_task_id() -> str:
    """Return a UUIDv7: ids sort by the time they were made at."""
    return str(uuid_utils.uuid7())
