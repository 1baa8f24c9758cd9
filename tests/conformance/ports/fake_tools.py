"""Tools of the tool service in memory, for the toolbox that is a fake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.ports import ToolDescription, ToolResult
from shared.testing import CHECKS_PASS, FakeTool


def _tool(name: str, run: Any, *, idempotent: bool = False, **texts: int) -> FakeTool:
    """Return a tool whose arguments are texts of so many characters at most."""
    schema = {
        "type": "object",
        "properties": {
            each: {"type": "string", "maxLength": longest} for each, longest in texts.items()
        },
        "required": list(texts),
        "additionalProperties": False,
    }
    return FakeTool(ToolDescription(name, f"The fake of {name}.", schema, idempotent), run)


class FakeWorkspace:
    """Files in memory, the tools that work on them, and one that counts how often it acted."""

    def __init__(self) -> None:
        """Start with no file."""
        self.files: dict[str, str] = {}
        self.witnessed = 0
        self.tools = [
            CHECKS_PASS,
            _tool("witness", self._witness),
            _tool("read_file", self._read, idempotent=True, path=255),
            _tool("append_line", self._append, path=255, line=4096),
        ]

    async def _witness(self, arguments: Mapping[str, Any]) -> ToolResult:
        self.witnessed += 1
        return ToolResult(ok=True, output="noted")

    async def _read(self, arguments: Mapping[str, Any]) -> ToolResult:
        path = arguments["path"]
        if path not in self.files:
            return ToolResult(ok=False, output=f"{path} is not there")
        text = self.files[path]
        return ToolResult(ok=True, output=text, data={"bytes": len(text.encode())})

    async def _append(self, arguments: Mapping[str, Any]) -> ToolResult:
        path = arguments["path"]
        self.files[path] = f"{self.files.get(path, '')}{arguments['line']}\n"
        return ToolResult(ok=True, output=f"added a line to {path}")
