"""witness: writes down which call made it act, for tests that count effects."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from core.ports import ToolResult
from shared.call_metadata import current_call
from tool_service.tool import Arguments, Tool, parameters

_MOMENT_SECONDS = 0.05


def witness(path: Path) -> Tool:
    """Return the tool, which adds its call id as a line to the file at ``path``.

    It is not idempotent and has no check of its effect, as the worst tool of somebody else. The
    file lies outside the ledger, so that the two can be held against each other. It takes its
    time before and after the effect, so that random kills meet it.
    """

    async def run(arguments: Arguments) -> ToolResult:
        await asyncio.sleep(_MOMENT_SECONDS)
        await asyncio.to_thread(_write, path, current_call().call_id)
        await asyncio.sleep(_MOMENT_SECONDS)
        return ToolResult(ok=True, output="noted")

    return Tool(
        name="witness",
        description="Notes that it was called.",
        parameters_schema=parameters({}),
        run=run,
        idempotent=False,
    )


def _write(path: Path, call_id: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        # One write: a crash leaves the whole line or nothing.
        os.write(descriptor, f"{call_id}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
