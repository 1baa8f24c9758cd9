"""append_line: one line more at the end of a text file of the workspace."""

from __future__ import annotations

import asyncio
import errno
import os

from core.ports import ToolResult
from tool_service.tool import Arguments, Effect, EffectCheck, Snapshot, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace, open_to_append, open_to_read

_TAIL_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"


def append_line(workspace: Workspace) -> Tool:
    """Return the tool. After a crash it compares the file's size and end with those before.

    The text is always a line of its own: where the file ends within a line, that line is ended
    first. Lines end as those of the file do.
    """

    async def run(arguments: Arguments) -> ToolResult:
        return await attempt(str(arguments["path"]), lambda: _append(workspace, arguments))

    async def look(arguments: Arguments) -> Snapshot:
        return {"bytes": await asyncio.to_thread(_size, workspace, str(arguments["path"]))}

    async def judge(arguments: Arguments, before: Snapshot) -> Effect:
        return await asyncio.to_thread(_judge, workspace, arguments, int(before["bytes"]))

    return Tool(
        name="append_line",
        description="Adds a line at the end of a text file of the workspace.",
        parameters_schema=parameters(
            {
                "path": {"type": "string", "minLength": 1},
                # Not "^[^\n]*$": to Python, $ matches before a newline at the end, too.
                "line": {"type": "string", "maxLength": 4096, "not": {"pattern": "[\\n\\r]"}},
            }
        ),
        run=run,
        idempotent=False,
        check=EffectCheck(look, judge, _result),
    )


def _append(workspace: Workspace, arguments: Arguments) -> ToolResult:
    with workspace.open_parent(str(arguments["path"]), create=True) as (folder, name):
        descriptor = open_to_append(folder, name, str(arguments["path"]))
        try:
            size = os.fstat(descriptor).st_size
            added = _added(arguments, _tail(descriptor, size))
            # One write: a crash leaves the whole line or nothing.
            if os.write(descriptor, added) < len(added):
                os.ftruncate(descriptor, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.fsync(folder)
    return _result(arguments)


def _judge(workspace: Workspace, arguments: Arguments, before: int) -> Effect:
    """Compare the file with the ``before`` bytes that it had and the line that was to be added."""
    path = str(arguments["path"])
    now = _size(workspace, path)
    if now == before:
        return Effect.NOT_DONE
    if now < before:
        return Effect.UNKNOWN
    with workspace.open_parent(path) as (folder, name):
        descriptor = open_to_read(folder, name, path)
        try:
            expected = _added(arguments, _tail(descriptor, before))
            found = os.pread(descriptor, len(expected) + 1, before)
        finally:
            os.close(descriptor)
    return Effect.DONE if found == expected else Effect.UNKNOWN


def _added(arguments: Arguments, tail: bytes) -> bytes:
    """Return what is to be added to a file whose end is ``tail``."""
    ending = b"\r\n" if tail[: tail.rfind(b"\n") + 1].endswith(b"\r\n") else b"\n"
    within_a_line = tail not in (b"", _BOM) and not tail.endswith(b"\n")
    line = str(arguments["line"]).encode(errors="surrogatepass")
    return (ending if within_a_line else b"") + line + ending


def _tail(descriptor: int, size: int) -> bytes:
    """Return the last of the first ``size`` bytes."""
    length = min(size, _TAIL_BYTES)
    return os.pread(descriptor, length, size - length)


def _size(workspace: Workspace, path: str) -> int:
    """Return how many bytes a file has; 0 when there is none."""
    try:
        with workspace.open_parent(path) as (folder, name):
            descriptor = open_to_read(folder, name, path)
            try:
                return os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
    except OSError:
        return 0


def _result(arguments: Arguments) -> ToolResult:
    return ToolResult(ok=True, output=f"added a line to {arguments['path']}")
