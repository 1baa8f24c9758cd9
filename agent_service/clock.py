"""The time and the ids of this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import uuid_utils


class SystemClock:
    """Tells the time of this machine (`core.ports.Clock`)."""

    def now_iso(self) -> str:
        """Return the time in UTC as ISO 8601 with microseconds."""
        return datetime.now(UTC).isoformat(timespec="microseconds")


def later(at: str, seconds: float) -> str:
    """Return the ISO time ``seconds`` after ``at``; empty for 0 seconds."""
    if not seconds:
        return ""
    then = datetime.fromisoformat(at) + timedelta(seconds=seconds)
    return then.isoformat(timespec="microseconds")


def seconds_until(at: str, now: str) -> float:
    """Return the seconds from ``now`` to ``at``, both ISO times; below 0 when it has passed."""
    return (datetime.fromisoformat(at) - datetime.fromisoformat(now)).total_seconds()


def new_task_id() -> str:
    """Return a UUIDv7: ids sort by the time they were made at."""
    return str(uuid_utils.uuid7())
