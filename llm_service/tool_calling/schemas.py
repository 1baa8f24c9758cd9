"""The JSON Schemas that calls of tools are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.json_text import write_json
from llm_service.json_schema import read_schema
from llm_service.prompt import OfferedTool

_DEFINITIONS = ("$defs", "definitions")
_MOST_CALLS = 16


def calls_schema(tools: Sequence[OfferedTool]) -> dict[str, Any]:
    """Return the schema of one or more calls of ``tools``. Raises: InvalidInput (their schemas)."""
    definitions: dict[str, Any] = {}
    each = []
    for number, tool in enumerate(tools):
        arguments = _hoisted(read_schema(tool.parameters_schema), number, definitions)
        each.append(_object({"name": {"const": tool.name}, "arguments": arguments}))
    call = each[0] if len(each) == 1 else {"anyOf": each}
    calls = {"type": "array", "items": call, "minItems": 1, "maxItems": _MOST_CALLS}
    schema = _object({"tool_calls": calls})
    return {**schema, "$defs": definitions} if definitions else schema


def as_json(tools: Sequence[OfferedTool]) -> str:
    """Return tools as a model reads them, a line each."""
    return "\n".join(write_json(each.described, ensure_ascii=False) for each in tools)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _hoisted(schema: dict[str, Any], number: int, definitions: dict[str, Any]) -> Any:
    """Return a schema whose own definitions stand in ``definitions``, under names of its own.

    A reference begins at the root of the whole schema, of which this one becomes a part.
    """
    names = {
        f"#/{place}/{name}": f"{number}_{name}"
        for place in _DEFINITIONS
        for name in schema.get(place, {})
    }
    for place in _DEFINITIONS:
        for name, definition in schema.get(place, {}).items():
            definitions[names[f"#/{place}/{name}"]] = _renamed(definition, names)
    body = {key: value for key, value in schema.items() if key not in _DEFINITIONS}
    body.pop("$schema", None)
    return _renamed(body, names)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"#/$defs/{names[item]}"
        if key == "$ref" and isinstance(item, str) and item in names
        else _renamed(item, names)
        for key, item in value.items()
    }
