"""current_time: date and time in a time zone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.ports import ToolResult
from tool_service.tool import Arguments, Tool, parameters

_OFFSET = re.compile(r"(?:UTC|GMT)([+-])(\d{1,2})(?::?([0-5]\d))?")
_ZONE = "IANA name, or an offset such as UTC+05:30"
_MOST_HOURS = 14  # the largest offset that a clock is set to


def current_time(now: Callable[[tzinfo], datetime]) -> Tool:
    """Return the tool; ``now`` tells the time in a zone."""

    async def run(arguments: Arguments) -> ToolResult:
        name = str(arguments.get("timezone", "UTC"))
        try:
            zone = await asyncio.to_thread(_zone, name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ToolResult(ok=False, output=f"no time zone is named {name!r}")
        moment = now(zone)
        text = f"{moment:%A, %d %B %Y, %H:%M:%S} ({name})"
        return ToolResult(ok=True, output=text, data={"iso": moment.isoformat()})

    return Tool(
        name="current_time",
        description="Tells the date and the time, in UTC or in a named time zone.",
        parameters_schema=parameters(
            {},
            {"timezone": {"type": "string", "maxLength": 64, "description": _ZONE}},
        ),
        run=run,
        idempotent=True,
    )


def _zone(name: str) -> tzinfo:
    """Return the zone of an IANA name or an offset. Raises: ZoneInfoNotFoundError, ValueError."""
    match = _OFFSET.fullmatch(name)
    if match is None:
        return ZoneInfo(name)
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if ahead > timedelta(hours=_MOST_HOURS):
        raise ValueError(f"no clock is set to {name}")
    return timezone(ahead if match[1] == "+" else -ahead, name)
