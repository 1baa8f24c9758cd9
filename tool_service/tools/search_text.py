"""search_text: lines of the workspace's text files that hold a text."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import PurePosixPath

from core.ports import ToolResult
from tool_service.file_names import visible
from tool_service.tool import Arguments, Tool, parameters
from tool_service.tools.file_errors import attempt
from tool_service.workspace import Workspace, read_file

_MAX_FILE_BYTES = 1024 * 1024
_MAX_FILES = 5000
_MAX_MATCHES = 200
_MAX_LINE = 300


def search_text(workspace: Workspace) -> Tool:
    """Return the tool."""

    async def run(arguments: Arguments) -> ToolResult:
        path = str(arguments.get("path", "."))
        pattern = str(arguments["pattern"])
        return await attempt(path, lambda: _search(workspace, path, pattern))

    return Tool(
        name="search_text",
        description="Finds the lines that hold a text (case does not matter) in the workspace.",
        parameters_schema=parameters(
            {"pattern": {"type": "string", "minLength": 1, "maxLength": 1000}},
            {"path": {"type": "string"}},
        ),
        run=run,
        idempotent=True,
    )


def _search(workspace: Workspace, path: str, pattern: str) -> ToolResult:
    wanted = pattern.casefold()
    try:
        matches = _in_folder(workspace, path, wanted)
    except NotADirectoryError:
        # The path of a file: a person says "find it in notes.txt" as often as "in docs".
        with workspace.open_parent(path) as (parent, name):
            matches = list(_lines(parent, name, path, wanted))
    found = matches[:_MAX_MATCHES]
    text = "\n".join(found) if found else f"no line holds {pattern!r}"
    return ToolResult(ok=True, output=text, data={"matches": len(found)})


def _in_folder(workspace: Workspace, path: str, wanted: str) -> list[str]:
    matches: list[str] = []
    with workspace.open_folder(path) as folder:
        for count, (parent, name, shown) in enumerate(_files(folder, PurePosixPath(path))):
            if count >= _MAX_FILES or len(matches) >= _MAX_MATCHES:
                break
            matches.extend(_lines(parent, name, shown, wanted))
    return matches


def _files(folder: int, path: PurePosixPath) -> Iterator[tuple[int, str, str]]:
    """Yield folder descriptor, name and shown path of every regular file below ``folder``."""
    for name in sorted(os.listdir(folder)):
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISREG(mode):
            yield folder, name, str(path / visible(name))
        elif stat.S_ISDIR(mode) and not name.startswith("."):
            inner = os.open(name, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            try:
                yield from _files(inner, path / visible(name))
            finally:
                os.close(inner)


def _lines(folder: int, name: str, shown: str, wanted: str) -> Iterator[str]:
    content = read_file(folder, name, shown, _MAX_FILE_BYTES)
    if b"\0" in content[:8192]:
        return
    text = content.decode("utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if wanted in line.casefold():
            yield f"{shown}:{number}: {line.strip()[:_MAX_LINE]}"
