"""Failures of the file system, as results that a person can read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from core.ports import ToolResult


async def attempt(path: str, work: Callable[[], ToolResult]) -> ToolResult:
    """Do blocking file work on a thread; what the system refuses becomes a failed result."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        return ToolResult(ok=False, output=f"{path}: {error.strerror or error}")
