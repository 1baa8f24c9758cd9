"""append_line: one line more at the end of a text file of the workspace."""

from __future__ import annotations

import asyncio
import os

from core.ports import ToolResult
from tool_service.tool import Arguments, Effect, EffectCheck, Snapshot, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace, open_to_append

_MAX_BYTES = 16 * 1024 * 1024


def append_line(workspace: Workspace) -> Tool:
    """Return the tool. After a crash it compares the file's size and end with those before."""

    async def run(arguments: Arguments) -> ToolResult:
        return await attempt(str(arguments["path"]), lambda: _append(workspace, arguments))

    async def look(arguments: Arguments) -> Snapshot:
        content = await asyncio.to_thread(_content, workspace, str(arguments["path"]))
        return {"bytes": len(content)}

    async def judge(arguments: Arguments, before: Snapshot) -> Effect:
        content = await asyncio.to_thread(_content, workspace, str(arguments["path"]))
        added, line = content[int(before["bytes"]) :], _line(arguments)
        if not added:
            same = len(content) == before["bytes"]
            return Effect.NOT_DONE if same else Effect.UNKNOWN
        return Effect.DONE if added == line else Effect.UNKNOWN

    return Tool(
        name="append_line",
        description="Adds a line at the end of a text file of the workspace.",
        parameters_schema=parameters(
            {
                "path": {"type": "string", "minLength": 1},
                "line": {"type": "string", "maxLength": 4096, "pattern": "^[^\\n\\r]*$"},
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
            # One write: a crash leaves the whole line or nothing.
            os.write(descriptor, _line(arguments))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.fsync(folder)
    return _result(arguments)


def _result(arguments: Arguments) -> ToolResult:
    return ToolResult(ok=True, output=f"added a line to {arguments['path']}")


def _content(workspace: Workspace, path: str) -> bytes:
    try:
        return workspace.read(path, _MAX_BYTES)
    except OSError:
        return b""


def _line(arguments: Arguments) -> bytes:
    return f"{arguments['line']}\n".encode(errors="surrogatepass")
