"""The plainest value of a JSON schema, for a model that has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def plainest(schema: Mapping[str, Any]) -> Any:
    """Return a value that fits ``schema``: the first choice, nothing that is not required.

    Knows the keywords of the schemas that the workflow makes; others are not looked at.
    """
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return plainest(schema[choices][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _OF_TYPE[schema.get("type", "object")](schema)


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: plainest(properties.get(name, {})) for name in schema.get("required", ())}


_OF_TYPE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "object": _object,
    "array": lambda schema: [plainest(schema["items"])] * schema.get("minItems", 0),
    "string": lambda schema: "x" * schema.get("minLength", 0),
    "integer": lambda schema: schema.get("minimum", 0),
    "number": lambda schema: schema.get("minimum", 0),
    "boolean": lambda schema: False,
    "null": lambda schema: None,
}
