"""list_files: what a folder of the workspace holds."""

from __future__ import annotations

import os

from core.ports import ToolResult
from tool_service.file_names import visible
from tool_service.tool import Arguments, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace

_MAX_ENTRIES = 1000


def list_files(workspace: Workspace) -> Tool:
    """Return the tool."""

    async def run(arguments: Arguments) -> ToolResult:
        path = str(arguments.get("path", "."))
        return await attempt(path, lambda: _list(workspace, path))

    return Tool(
        name="list_files",
        description="Lists the files and folders in a folder of the workspace.",
        parameters_schema=parameters({}, {"path": {"type": "string"}}),
        run=run,
        idempotent=True,
    )


def _list(workspace: Workspace, path: str) -> ToolResult:
    with workspace.open_folder(path) as folder, os.scandir(folder) as entries:
        names = sorted(
            visible(entry.name) + ("/" if entry.is_dir(follow_symlinks=False) else "")
            for entry in entries
        )
    shown = names[:_MAX_ENTRIES]
    note = f"\n[{len(names) - len(shown)} more]" if len(names) > len(shown) else ""
    text = "\n".join(shown) + note if names else f"{path} is empty"
    return ToolResult(ok=True, output=text, data={"entries": shown, "total": len(names)})
