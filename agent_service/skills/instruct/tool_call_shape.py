"""What of a tool's schema the language model is held to when it writes a call.

A grammar can hold to types, names and listed values, not to every keyword of JSON Schema, and a
schema with one that it cannot is refused. Tools are registered with schemas of all kinds, so the
rest is left out here; the tool service checks each call against the whole schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 8
_DEPTH_OF_REFERENCE = 3
_TYPES_OF_VALUES = frozenset({"string", "integer", "number", "boolean", "null"})


def shape_of_arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema that the arguments of a tool with ``schema`` are held to."""
    return _shape(schema, schema, 0)


def _shape(schema: Any, whole: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Return the shape of a schema; ``{}`` where any value has to do."""
    if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
        return {}
    if "$ref" in schema:
        # References are written out: few of them within each other, or one to itself has no end.
        return _shape(_referred(str(schema["$ref"]), whole), whole, depth + _DEPTH_OF_REFERENCE)
    if "const" in schema or "enum" in schema:
        return {"enum": [schema["const"]] if "const" in schema else list(schema["enum"])}
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object_shape(schema, whole, depth)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return {"anyOf": [_shape(each, whole, depth + 1) for each in choices]}
    if isinstance(kind, list | tuple):
        return {"anyOf": [_shape({**schema, "type": each}, whole, depth + 1) for each in kind]}
    if kind == "array" or "items" in schema:
        return {"type": "array", "items": _shape(schema.get("items"), whole, depth + 1)}
    return {"type": kind} if kind in _TYPES_OF_VALUES else {}


def _object_shape(
    schema: Mapping[str, Any], whole: Mapping[str, Any], depth: int
) -> dict[str, Any]:
    properties = schema.get("properties", {})
    required = list(schema.get("required", []))
    # A grammar wants them in this order, and a Struct on the wire keeps none but a list's.
    names = dict.fromkeys([*required, *sorted(properties)])
    if not names:
        more = schema.get("additionalProperties", True)
        value = more if isinstance(more, bool) else _shape(more, whole, depth + 1)
        return {"type": "object", "additionalProperties": value}
    return {
        "type": "object",
        "properties": {name: _shape(properties.get(name), whole, depth + 1) for name in names},
        "required": required,
        "additionalProperties": False,
    }


def _referred(reference: str, whole: Any) -> Any:
    """Return the schema that a reference names, None when it is elsewhere."""
    if not reference.startswith("#/"):
        return whole if reference == "#" else None
    found = whole
    for step in reference.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
