"""The registered tools, and the check of what they are called with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from core.errors import InvalidInput, NotFound
from tool_service.tool import Tool


class ToolRegistry:
    """Tools by name."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        """Register ``tools``; a schema that is none is a mistake of ours and raises."""
        self._tools = {tool.name: tool for tool in sorted(tools, key=lambda each: each.name)}
        for tool in self._tools.values():
            Draft202012Validator.check_schema(tool.parameters_schema)
        self._validators = {
            name: Draft202012Validator(tool.parameters_schema) for name, tool in self._tools.items()
        }

    @property
    def tools(self) -> list[Tool]:
        """The tools that are offered, by name."""
        return [tool for tool in self._tools.values() if tool.offered]

    @property
    def names(self) -> list[str]:
        """The names of all tools, sorted."""
        return list(self._tools)

    def get(self, name: str) -> Tool:
        """Return the tool of a name. Raises: NotFound."""
        if name not in self._tools:
            known = ", ".join(tool.name for tool in self.tools)
            raise NotFound(f"no tool is named {name[:64]!r}; there are {known}")
        return self._tools[name]

    def check(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Check arguments against the tool's schema. Raises: InvalidInput naming the field."""
        error = best_match(self._validators[name].iter_errors(arguments))
        if error is not None:
            path = ".".join(["arguments", *(str(part) for part in error.path)])
            raise InvalidInput(f"{path}: {error.message[:500]}", path)
