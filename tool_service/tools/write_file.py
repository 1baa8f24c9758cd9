"""write_file: a text file of the workspace, replaced as a whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets

from core.ports import ToolResult
from tool_service.tool import Arguments, Effect, EffectCheck, Snapshot, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace

_MAX_CHARACTERS = 256 * 1024
_MAX_BYTES = 4 * _MAX_CHARACTERS


def write_file(workspace: Workspace) -> Tool:
    """Return the tool. After a crash it compares the file with what was there before."""

    async def run(arguments: Arguments) -> ToolResult:
        path = str(arguments["path"])
        return await attempt(path, lambda: _write(workspace, arguments))

    async def look(arguments: Arguments) -> Snapshot:
        return {"sha256": await asyncio.to_thread(_digest, workspace, str(arguments["path"]))}

    async def judge(arguments: Arguments, before: Snapshot) -> Effect:
        now = (await look(arguments))["sha256"]
        if now == hashlib.sha256(_content(arguments)).hexdigest():
            return Effect.DONE
        return Effect.NOT_DONE if now == before["sha256"] else Effect.UNKNOWN

    return Tool(
        name="write_file",
        description="Writes a text file of the workspace; what it held before is replaced.",
        parameters_schema=parameters(
            {
                "path": {"type": "string", "minLength": 1},
                "content": {"type": "string", "maxLength": _MAX_CHARACTERS},
            }
        ),
        run=run,
        idempotent=False,
        check=EffectCheck(look, judge, _result),
    )


def _write(workspace: Workspace, arguments: Arguments) -> ToolResult:
    """Write beside the file, then rename: a reader sees the old content or the new."""
    with workspace.open_parent(str(arguments["path"]), create=True) as (folder, name):
        temporary = f".write-{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(temporary, flags, 0o644, dir_fd=folder), "wb") as file:
                file.write(_content(arguments))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            _remove(temporary, folder)
            raise
        os.fsync(folder)
    return _result(arguments)


def _remove(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _result(arguments: Arguments) -> ToolResult:
    size = len(_content(arguments))
    return ToolResult(
        ok=True,
        output=f"wrote {size} bytes to {arguments['path']}",
        data={"path": arguments["path"], "bytes": size},
    )


def _digest(workspace: Workspace, path: str) -> str:
    """Return the sha256 of a file, or "" when there is none."""
    try:
        return hashlib.sha256(workspace.read(path, _MAX_BYTES)).hexdigest()
    except OSError:
        return ""


def _content(arguments: Arguments) -> bytes:
    return str(arguments["content"]).encode(errors="surrogatepass")
