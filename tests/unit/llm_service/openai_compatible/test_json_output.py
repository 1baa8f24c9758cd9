"""A schema is asked for in the server's way, and what does not fit it is never passed as valid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import InvalidInput, OutputMismatch
from tests.unit.llm_service.openai_compatible.fake_server import Reply, call_stream, text_stream
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (
            "json_schema",
            {
                "type": "json_schema",
                "json_schema": {"name": "output", "strict": True, "schema": SCHEMA},
            },
        ),
        ("json_object", {"type": "json_object", "schema": SCHEMA}),
    ],
)
async def test_the_schema_goes_along(mode: str, expected: dict[str, Any]) -> None:
    async with answering(text_stream('{"a":', " 1}"), json_mode=mode) as (fake, backend):
        text, _ = await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
    assert json.loads(text) == {"a": 1}
    assert fake.asked[0]["response_format"] == expected


@pytest.mark.parametrize("output", ['{"a": "one"}', "{}", "Sure! Here is", '{"a": 1', ""])
async def test_output_that_does_not_fit_is_an_error(output: str) -> None:
    async with answering(text_stream(output)) as (_, backend):
        with pytest.raises(OutputMismatch):
            await read(backend, prompt(json_schema=json.dumps(SCHEMA)))


async def test_a_schema_goes_along_as_a_function_that_must_be_called() -> None:
    async with answering(call_stream('{"a":', " 1}"), json_mode="tool") as (fake, backend):
        text, end = await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
    asked = fake.asked[0]
    assert json.loads(text) == {"a": 1}
    assert (end.finish_reason, end.prompt_tokens, end.completion_tokens) == ("stop", 7, 2)
    assert [each["function"]["parameters"] for each in asked["tools"]] == [SCHEMA]
    name = asked["tools"][0]["function"]["name"]
    assert asked["tool_choice"] == {"type": "function", "function": {"name": name}}
    assert "response_format" not in asked


@pytest.mark.parametrize("reply", [call_stream('{"a": "x"}'), call_stream(), text_stream("Sure!")])
async def test_what_is_no_call_that_fits_is_an_error(reply: Reply) -> None:
    async with answering(reply, json_mode="tool") as (_, backend):
        with pytest.raises(OutputMismatch):
            await read(backend, prompt(json_schema=json.dumps(SCHEMA)))


async def test_plain_text_that_fits_will_do_for_a_call() -> None:
    async with answering(text_stream('{"a": 1}'), json_mode="tool") as (_, backend):
        text, _ = await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
    assert json.loads(text) == {"a": 1}


async def test_a_cut_call_is_marked_as_cut() -> None:
    reply = call_stream('{"a": 1', finish_reason="length")
    async with answering(reply, json_mode="tool") as (_, backend):
        _, end = await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
    assert end.finish_reason == "length"


async def test_without_a_schema_no_function_is_offered() -> None:
    async with answering(text_stream("hello"), json_mode="tool") as (fake, backend):
        await read(backend, prompt())
    assert "tools" not in fake.asked[0]


async def test_a_grammar_is_refused_before_any_request() -> None:
    async with answering(text_stream("x")) as (fake, backend):
        with pytest.raises(InvalidInput, match="takes no grammar") as caught:
            await read(backend, prompt(grammar='root ::= "a"'))
    assert caught.value.field == "grammar"
    assert fake.asked == []


async def test_cut_output_is_marked_as_cut() -> None:
    async with answering(text_stream('{"a": 1', finish_reason="length")) as (_, backend):
        _, end = await read(backend, prompt(json_schema=json.dumps(SCHEMA)))
    assert end.finish_reason == "length"


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"type": "objekt"}', "type"),
        ('{"properties": {"a": {"minLength": -1}}}', "properties/a/minLength"),
        ("[" * 100_000, "bytes long"),
        ('{"not":' * 9_000 + "{}" + "}" * 9_000, "json_schema"),
    ],
    ids=["cut", "a list", "type", "minLength", "long", "deep"],
)
async def test_a_wrong_schema_is_refused_before_any_request(schema: str, named: str) -> None:
    async with answering(text_stream("x")) as (fake, backend):
        with pytest.raises(InvalidInput, match=named) as caught:
            await read(backend, prompt(json_schema=schema))
    assert caught.value.field == "json_schema"
    assert fake.asked == []


async def test_a_schema_fetches_nothing() -> None:
    async with answering(text_stream("1")) as (fake, backend):
        schema = json.dumps({"$ref": f"http://127.0.0.1:{fake.port}/schema.json"})
        with pytest.raises(InvalidInput, match="refers to"):
            await read(backend, prompt(json_schema=schema))
    assert [each["path"] for each in fake.asked] == ["/v1/chat/completions"]
