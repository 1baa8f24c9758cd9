"""Output fits its schema to the last word, or the schema is refused by keyword and place."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from agent_service.skills.instruct.prompts import OPINION_SCHEMA
from agent_service.skills.prompts import ASSERTIONS_SCHEMA
from core.errors import InvalidInput
from llm_service.backends.llama.grammars.grammar import grammar_of
from tests.unit.llm_service.backends.structured import asking, opened, written

AWKWARD = 'a "quote", a \\ backslash, a\nnew line and é😀'
REFUSED: list[tuple[str, Any]] = [
    ("#/properties/age/not", {"properties": {"age": {"not": {"type": "null"}}}}),
    ("#/if", {"if": {"type": "null"}, "then": {"const": None}}),
    ("#/properties/a~1b/patternProperties", {"properties": {"a/b": {"patternProperties": {}}}}),
    ("#/items/uniqueItems", {"items": {"type": "array", "uniqueItems": True}}),
    ("#/multipleOf", {"type": "number", "multipleOf": 2}),
    ("#/anyOf/1/minimum", {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 3}]}),
    ("#/prefixItems/0/contains", {"prefixItems": [{"contains": {"type": "null"}}]}),
    ("#/dependentSchemas", {"type": "object", "dependentSchemas": {}}),
    ("#/propertyNames", {"propertyNames": {"maxLength": 3}}),
    ("#/additionalItems", {"type": "array", "additionalItems": False}),
    ("#/minProperties", {"type": "object", "minProperties": 1}),
    ("#/unevaluatedProperties", {"unevaluatedProperties": False}),
    ("#/format", {"type": "string", "format": "email"}),
    ("#/$ref", {"$ref": "https://example.org/schema"}),
    ("#/items/$ref", {"items": {"$ref": "#/$defs/missing"}}),
    ("#/$defs/a/not", {"$ref": "#/$defs/a", "$defs": {"a": {"not": {}}}}),
    ("#/maxLength", {"$ref": "#/$defs/a", "maxLength": 2, "$defs": {"a": {"type": "string"}}}),
    ("#/$dynamicRef", {"$dynamicRef": "#a"}),
    ("#/type", {"type": "object", "anyOf": [{"type": "null"}]}),
    ("#/pattern", {"type": "string", "pattern": "abc"}),
    ("#/pattern", {"type": "string", "pattern": "^(?=a)b$"}),
    ("#/pattern", {"type": "string", "pattern": "^a{100000000}$"}),
    ("#/minLength", {"type": "string", "pattern": "^a+$", "minLength": 2}),
    ("#/maxLength", {"type": "string", "maxLength": 100_000}),
    ("#/maxItems", {"type": "array", "minItems": 3, "maxItems": 1}),
    ("#/required", {"type": "object", "required": ["a"]}),
    ("#/properties/a", {"properties": {"a": False}}),
    ("#/enum", {"type": "integer", "enum": ["a", "b"]}),
    ("#/allOf/1", {"allOf": [{"properties": {"a": {}}}, {"type": "string"}]}),
]
HELD: list[Any] = [
    ASSERTIONS_SCHEMA,
    OPINION_SCHEMA,
    {"enum": [AWKWARD, AWKWARD[::-1]]},
    {"const": {AWKWARD: [AWKWARD, 1.5, None]}},
    {"type": "object", "properties": {AWKWARD: {"const": 1}}, "required": [AWKWARD]},
    {"type": ["integer", "null"], "enum": ["a", None]},
    {"type": "string", "maxLength": 20, "title": "annotations", "$comment": "say nothing"},
    {"type": "string", "pattern": r"^\d{3}-[A-C]$"},
    {"type": "string", "pattern": "^ab|cd$"},
    {"type": "string", "pattern": "^.{4}[^a-]$"},
    {"type": "string", "format": "date"},
    {"type": "integer", "minLength": 9},
    {"type": "array", "maxItems": 2, "minItems": 2, "items": {"type": "boolean"}},
    {"type": "array", "prefixItems": [{"type": "null"}, {"type": "boolean"}], "items": False},
    {"type": "array", "items": False},
    {"oneOf": [{"const": 1}, {"const": "x"}]},
    {"allOf": [{"$ref": "#/$defs/a"}, {"properties": {"b": {"type": "null"}}, "required": ["b"]}],
     "$defs": {"a": {"properties": {"a": {"type": "boolean"}}}}},
    # The converter alone takes the second for the first, and does not find the third.
    {"properties": {"v": {"const": 1}, "w": {"$ref": "#/$defs/v"}}, "required": ["v", "w"],
     "$defs": {"v": {"const": "two"}}},
    {"$ref": "#/$defs/a", "$defs": {
        "a": {"properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
        "b": {"enum": ["b"]}}},
    {"properties": {"next": {"$ref": "#"}, "x": {"type": "null"}}, "required": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize(("place", "schema"), REFUSED, ids=[place for place, _ in REFUSED])
def test_a_keyword_that_no_grammar_holds_to_is_named_with_its_place(
    place: str, schema: Any
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(f"{place}: ")) as refused:
        grammar_of(asking(schema))
    assert refused.value.field == "json_schema"


@pytest.mark.parametrize("depth", [200, 900])
def test_a_schema_that_is_too_deep_is_refused(depth: int) -> None:
    deep: Any = {"type": "null"}
    for _ in range(depth):
        deep = {"items": deep}
    with pytest.raises(InvalidInput, match="nested"):
        grammar_of(asking(deep))


async def test_output_is_json_that_fits() -> None:
    async with opened() as backend:
        for schema in HELD:
            for seed in range(3):
                text, end = await written(backend, asking(schema, seed=seed))
                if end.finish_reason == "stop":
                    assert Draft202012Validator(schema).is_valid(json.loads(text)), (schema, text)


async def test_awkward_characters_come_back_as_they_are() -> None:
    async with opened() as backend:
        text, end = await written(backend, asking({"const": AWKWARD}))
    assert end.finish_reason == "stop"
    assert json.loads(text) == AWKWARD


async def test_cut_output_says_so() -> None:
    async with opened() as backend:
        text, end = await written(backend, asking({"const": AWKWARD}, max_tokens=3))
    assert end.finish_reason == "length"
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(text)
