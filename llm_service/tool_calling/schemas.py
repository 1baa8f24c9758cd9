"""The JSON Schemas that calls of tools are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.json_text import write_json
from llm_service.json_schema import read_schema
from llm_service.prompt import OfferedTool

_MOST_CALLS = 16


def calls_schema(tools: Sequence[OfferedTool]) -> dict[str, Any]:
    """Return the schema of one or more calls of ``tools``. Raises: InvalidInput (their schemas)."""
    definitions: dict[str, Any] = {}
    each = []
    for number, tool in enumerate(tools):
        place = f"#/$defs/{number}"
        definitions[str(number)] = _moved(read_schema(tool.parameters_schema), place)
        each.append(_object({"name": {"const": tool.name}, "arguments": {"$ref": place}}))
    call = each[0] if len(each) == 1 else {"anyOf": each}
    calls = {"type": "array", "items": call, "minItems": 1, "maxItems": _MOST_CALLS}
    return {**_object({"tool_calls": calls}), "$defs": definitions}


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


def _moved(value: Any, place: str) -> Any:
    """Return a schema that stands at ``place`` of a larger one, to whose root references go."""
    if isinstance(value, list):
        return [_moved(each, place) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"{place}{item[1:]}"
        if key == "$ref" and isinstance(item, str) and item.startswith("#")
        else _moved(item, place)
        for key, item in value.items()
    }
