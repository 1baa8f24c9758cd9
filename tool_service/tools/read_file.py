"""read_file: a text file of the workspace."""

from __future__ import annotations

from core.ports import ToolResult
from tool_service.tool import Arguments, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace

_MAX_BYTES = 200 * 1024


def read_file(workspace: Workspace) -> Tool:
    """Return the tool."""

    async def run(arguments: Arguments) -> ToolResult:
        path = str(arguments["path"])
        return await attempt(path, lambda: _read(workspace, path))

    return Tool(
        name="read_file",
        description="Reads a text file of the workspace.",
        parameters_schema=parameters({"path": {"type": "string", "minLength": 1}}),
        run=run,
        idempotent=True,
    )


def _read(workspace: Workspace, path: str) -> ToolResult:
    content = workspace.read(path, _MAX_BYTES)
    cut = len(content) > _MAX_BYTES
    try:
        # A character that the limit cuts in two is no fault of the file.
        text = content[:_MAX_BYTES].decode("utf-8", errors="ignore" if cut else "strict")
    except UnicodeDecodeError as error:
        return ToolResult(ok=False, output=f"{path} is not UTF-8 text (byte {error.start})")
    note = f"\n[cut after {_MAX_BYTES} bytes]" if cut else ""
    return ToolResult(ok=True, output=text + note, data={"bytes": len(content), "cut": cut})
