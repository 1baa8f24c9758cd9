"""current_time: date and time in a time zone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.ports import ToolResult
from tool_service.tool import Arguments, Tool, parameters


def current_time(now: Callable[[ZoneInfo], datetime]) -> Tool:
    """Return the tool; ``now`` tells the time in a zone."""

    async def run(arguments: Arguments) -> ToolResult:
        name = str(arguments.get("timezone", "UTC"))
        try:
            zone = await asyncio.to_thread(ZoneInfo, name)
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
            {"timezone": {"type": "string", "maxLength": 64, "description": "IANA name"}},
        ),
        run=run,
        idempotent=True,
    )
