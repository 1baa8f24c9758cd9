"""Schemas are JSON before they are schemas: nothing in them is endless, in numbers or in depth."""

from __future__ import annotations

import pytest

from core.errors import InvalidInput, OutputMismatch
from llm_service.backends.llama.grammars.grammar import grammar_of
from llm_service.backends.openai_compatible.json_output import check_output
from llm_service.json_schema import read_schema
from llm_service.prompt import Prompt, PromptMessage

ENDLESS = [
    '{"const": 1e400}',
    '{"const": -1e400}',
    '{"enum": [1, 1e999]}',
    '{"const": NaN}',
    '{"enum": [Infinity]}',
    '{"type": "number", "default": 1e400}',
    '{"properties": {"a": {"const": [1, {"b": -1e309}]}}}',
    '{"const": ' + "9" * 400 + "}",
    '{"const": ' + "9" * 5000 + "}",
    '{"items":' * 70 + "{}" + "}" * 70,
    '{"items":' * 5000 + "{}" + "}" * 5000,
]


@pytest.mark.parametrize("schema", ENDLESS)
def test_an_endless_schema_is_refused_by_its_field(schema: str) -> None:
    for read in (read_schema, grammar_for):
        with pytest.raises(InvalidInput, match="json_schema") as refused:
            read(schema)
        assert refused.value.field == "json_schema"


def grammar_for(schema: str) -> object:
    return grammar_of(Prompt((PromptMessage("user", "x"),), schema, 8, 0.0, 0, ()))


def test_the_largest_double_is_no_endless_one() -> None:
    assert read_schema('{"const": 1.7976931348623157e308}') == {"const": 1.7976931348623157e308}


@pytest.mark.parametrize("text", ["NaN", "[1e400]", '{"a": -Infinity}', "[" * 100_000])
def test_output_of_a_server_that_is_no_json_fits_no_schema(text: str) -> None:
    with pytest.raises(OutputMismatch, match="no JSON"):
        check_output(text, {})
