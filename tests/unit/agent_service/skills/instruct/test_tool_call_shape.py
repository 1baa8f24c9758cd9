"""Whatever schema a tool has, a call of it can be asked for, and by its names and types."""

from __future__ import annotations

from typing import Any

import pytest

from agent_service.skills.instruct.tool_call_shape import shape_of_arguments


def shape_of(schema: dict[str, Any]) -> Any:
    return shape_of_arguments(schema)


@pytest.mark.parametrize(
    ("asked", "shape"),
    [
        ({"type": "integer", "minimum": 1, "format": "int32"}, {"type": "integer"}),
        ({"type": "string", "pattern": "x", "maxLength": 3, "title": "A"}, {"type": "string"}),
        ({"enum": ["a", "b"], "type": "string"}, {"enum": ["a", "b"]}),
        ({"const": 1}, {"enum": [1]}),
        ({"type": ["string", "null"], "minLength": 1},
         {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"anyOf": [{"type": "null"}, {"not": {}}], "default": None},
         {"anyOf": [{"type": "null"}, {}]}),
        ({"type": "array", "items": {"type": "number", "maximum": 2}, "uniqueItems": True},
         {"type": "array", "items": {"type": "number"}}),
        ({"$ref": "#/$defs/mode"}, {"enum": ["r", "w"]}),
        ({"$ref": "https://example.org/x"}, {}),
        (True, {}),
    ],
)  # fmt: skip
def test_the_shape_keeps_what_a_grammar_can_hold_to(asked: Any, shape: Any) -> None:
    whole = {
        "type": "object",
        "properties": {"a": asked},
        "$defs": {"mode": {"enum": ["r", "w"]}},
        "minProperties": 1,
    }
    assert shape_of(whole)["properties"]["a"] == shape


def test_required_properties_come_first_and_are_always_there() -> None:
    shape = shape_of({"properties": {"b": {}, "a": {}}, "required": ["c", "b"]})
    assert list(shape["properties"]) == ["c", "b", "a"]
    assert shape["required"] == ["c", "b"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {each: {"$ref": "#"} for each in "abcdef"}}
    assert len(str(shape_of(node))) < 100_000
