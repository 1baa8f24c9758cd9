"""A model that is offered tools: words go out as they come, what begins as a call becomes one."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.errors import InvalidInput, PromptTooLong
from llm_service.backends.backend import EngineStatistics
from llm_service.backends.llama.grammars.grammar import grammar_of
from llm_service.prompt import (
    Finished,
    ModelDescription,
    OfferedTool,
    Prompt,
    PromptMessage,
    TokenCounts,
    WrittenCall,
)
from llm_service.tool_calling.backend import ToolCallingBackend
from llm_service.tool_calling.schemas import calls_schema

END = Finished("stop", 9, 5, 0.1, 10.0)
CUT = Finished("length", 9, 5, 0.1, 10.0)


def tool(name: str, **schema: Any) -> OfferedTool:
    return OfferedTool(name, f"Does {name}", json.dumps({"type": "object", **schema}))


WEATHER = tool("weather", properties={"city": {"type": "string"}}, required=["city"])
ADD = tool("add", properties={"a": {"type": "number"}})
CALLS = '{"tool_calls": [{"name": "weather", "arguments": {"city": "Bonn"}}]}'


class Scripted:
    """Says one text freely and another one when it is held to a schema, a few characters a time."""

    def __init__(self, free: str, held: str = CALLS, end: Finished = END) -> None:
        self.free, self.held, self.end = free, held, end
        self.asked: list[Prompt] = []
        self.closed = 0

    async def describe(self) -> ModelDescription:
        return ModelDescription("m", 64, "", "", 1, 1, 1)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        self.asked.append(prompt)
        text = self.held if prompt.json_schema else self.free
        try:
            for at in range(0, len(text), 3):
                yield text[at : at + 3]
            yield self.end
        finally:
            self.closed += 1

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        return TokenCounts(tuple(1 for _ in prompts))

    def statistics(self) -> EngineStatistics:
        return EngineStatistics(1, 0, 0)

    async def watch(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """Have nothing to close."""


def prompt(*messages: PromptMessage, **more: Any) -> Prompt:
    given = messages or (PromptMessage("user", "How is Bonn?"),)
    wanted = {"tools": (WEATHER, ADD), **more}
    return Prompt(given, "", 99, 0.0, 0, ("\n\n",), **wanted)


async def said(backend: Scripted, asked: Prompt) -> tuple[list[str], Finished]:
    pieces = [each async for each in ToolCallingBackend(backend).stream(asked)]
    texts = [each for each in pieces if isinstance(each, str)]
    [end] = [each for each in pieces if isinstance(each, Finished)]
    assert pieces[-1] is end
    assert backend.closed == len(backend.asked)
    return texts, end


@pytest.mark.parametrize(
    "text",
    [
        "It is warm in Bonn.",
        "",
        "`weather` is a tool of mine.",
        '{"name": "unknown", "arguments": {}}',
        '{"temperature": 17}',
        "```python\nprint(1)\n```",
        'So: ```python\n{1: 2}\n``` and {3} and `x` and {"tool": 1} and ``',
        'Then {"name": "weather", "arguments": {}} is what one writes.',
    ],
)
async def test_words_are_words(text: str) -> None:
    backend = Scripted(text)
    texts, end = await said(backend, prompt())
    assert "".join(texts) == text
    assert end == END
    [asked] = backend.asked
    assert not asked.tools and not asked.json_schema
    assert asked.stop == ("\n\n",)
    assert '"weather"' in asked.messages[0].content


async def test_words_come_as_they_are_written() -> None:
    texts, _ = await said(Scripted("It is warm in Bonn."), prompt())
    assert texts[0] == "It " and len(texts) > 5


@pytest.mark.parametrize(
    "text",
    [
        CALLS,
        f"```json\n{CALLS}\n```",
        '\n {"tool_calls": [nonsense',
        '{"name": "weather", "arguments": {"town": 3}}',
        '```\n[{"name": "add", "arguments": {}}]',
        '{\n  "function": "weather"',
    ],
)
async def test_what_begins_as_a_call_is_written_again_held_to_the_schema(text: str) -> None:
    backend = Scripted(text)
    texts, end = await said(backend, prompt())
    assert texts == []
    assert end.finish_reason == "tool_calls"
    assert [(each.name, each.values) for each in end.tool_calls] == [("weather", {"city": "Bonn"})]
    free, held = backend.asked
    assert free.messages == held.messages
    assert held.stop == ()
    validator = Draft202012Validator(json.loads(held.json_schema))
    assert validator.is_valid(json.loads(CALLS))
    for bad in (
        {"tool_calls": []},
        {"tool_calls": [{"name": "weather", "arguments": {}}]},
        {"tool_calls": [{"name": "other", "arguments": {}}]},
    ):
        assert not validator.is_valid(bad)


@pytest.mark.parametrize("before", ["I look it up.", "I look\n\n", "See {this} `one`: "])
@pytest.mark.parametrize("fence", ["", "```json\n", "``` "])
async def test_words_may_come_before_calls(before: str, fence: str) -> None:
    texts, end = await said(Scripted(f"{before}{fence}{CALLS}"), prompt())
    assert "".join(texts).rstrip() == before.rstrip()
    assert [each.name for each in end.tool_calls] == ["weather"]


async def test_a_call_that_is_wanted_is_not_left_to_the_model() -> None:
    backend = Scripted("I would rather talk.")
    texts, end = await said(backend, prompt(tool_choice="required"))
    assert (texts, len(end.tool_calls), len(backend.asked)) == ([], 1, 1)


async def test_none_offers_nothing_and_holds_nothing_back() -> None:
    backend = Scripted(CALLS)
    texts, end = await said(backend, prompt(tool_choice="none"))
    assert ("".join(texts), end) == (CALLS, END)
    assert backend.asked[0].messages == prompt().messages


async def test_calls_that_are_cut_short_are_none() -> None:
    backend = Scripted(CALLS, held=CALLS[:30], end=CUT)
    texts, end = await said(backend, prompt(tool_choice="required"))
    assert (texts, end) == ([], CUT)


async def test_ids_are_those_of_the_prompt_and_the_same_again() -> None:
    first = (await said(Scripted(CALLS), prompt()))[1].tool_calls
    again = (await said(Scripted(CALLS), prompt()))[1].tool_calls
    other = (await said(Scripted(CALLS), prompt(PromptMessage("user", "And Rome?"))))[1].tool_calls
    assert first == again
    assert first[0].call_id != other[0].call_id


async def test_earlier_calls_and_results_are_told_in_words() -> None:
    call = WrittenCall("id-0", "weather", '{"city": "Bonn"}')
    backend = Scripted("Warm.")
    conversation = (
        PromptMessage("system", "Be brief."),
        PromptMessage("user", "How is Bonn?"),
        PromptMessage("assistant", "", (call,)),
        PromptMessage("tool", "17 degrees", (), "id-0"),
        PromptMessage("tool", "lost", (), "unknown"),
    )
    await said(backend, prompt(*conversation))
    [rules, *told] = [(each.role, each.content) for each in backend.asked[0].messages]
    assert rules[1].startswith("Be brief.\n\nYou can call these tools:")
    assert told == [
        ("user", "How is Bonn?"),
        ("assistant", CALLS),
        ("user", "Result of weather:\n17 degrees"),
        ("user", "Result of the tool:\nlost"),
    ]
    for nothing in (prompt(*conversation, tools=()), prompt(*conversation, tool_choice="none")):
        await said(backend, nothing)
        assert [(each.role, each.content) for each in backend.asked[-1].messages] == [
            ("system", "Be brief."),
            (
                "user",
                "How is Bonn?\n\nResult of weather:\n17 degrees\n\nResult of the tool:\nlost",
            ),
        ]


@pytest.mark.parametrize(("city", "in_words"), [("Bonn", True), ("Rome", False)])
async def test_a_call_whose_result_is_known_is_not_made_again(city: str, in_words: bool) -> None:
    asked = prompt(
        PromptMessage("user", "How is Bonn?"),
        PromptMessage("assistant", "", (WrittenCall("0", "weather", json.dumps({"city": city})),)),
        PromptMessage("tool", "17 degrees", (), "0"),
    )
    backend = Scripted(CALLS)
    texts, end = await said(backend, asked)
    if in_words:
        assert ("".join(texts), end) == (CALLS, END)
        assert backend.asked[-1].messages[0].role == "user"  # nobody tells of tools
    else:
        assert [each.values for each in end.tool_calls] == [{"city": "Bonn"}]
    later = replace(asked, messages=(*asked.messages, PromptMessage("user", "And now?")))
    assert (await said(Scripted(CALLS), later))[1].tool_calls


async def test_a_prompt_without_tools_passes_as_it_is() -> None:
    backend = Scripted(CALLS)
    plain = prompt(tools=())
    texts, end = await said(backend, plain)
    assert ("".join(texts), end) == (CALLS, END)
    assert backend.asked == [plain]


async def test_a_result_without_its_call_is_told_in_words_too() -> None:
    backend = Scripted("Warm.")
    asked = prompt(PromptMessage("user", "How is Bonn?"), PromptMessage("tool", "17"), tools=())
    await said(backend, asked)
    [message] = backend.asked[0].messages
    assert (message.role, message.content) == ("user", "How is Bonn?\n\nResult of the tool:\n17")


async def test_a_prompt_that_is_too_long_says_that_tools_are_a_part_of_it() -> None:
    class Small(Scripted):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
            raise PromptTooLong("the prompt has 99 tokens")
            yield END

    with pytest.raises(PromptTooLong, match="2 tools are a part of it: send fewer"):
        [each async for each in ToolCallingBackend(Small("")).stream(prompt())]
    with pytest.raises(PromptTooLong, match=r"tokens$"):
        [each async for each in ToolCallingBackend(Small("")).stream(prompt(tools=()))]


def test_definitions_of_tools_do_not_meet() -> None:
    unit = {"properties": {"unit": {"$ref": "#/$defs/Unit"}}, "required": ["unit"]}
    one = tool("one", **unit, **{"$defs": {"Unit": {"enum": ["C"]}}})
    two = tool(
        "two",
        **unit,
        definitions={"Deep": {"enum": ["K"]}},
        **{"$defs": {"Unit": {"$ref": "#/definitions/Deep"}}},
    )
    schema = calls_schema([one, two])
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    def fits(name: str, value: str) -> bool:
        call = {"name": name, "arguments": {"unit": value}}
        return bool(validator.is_valid({"tool_calls": [call]}))

    assert fits("one", "C") and fits("two", "K")
    assert not fits("one", "K") and not fits("two", "C")


def test_references_of_a_tool_go_where_they_went() -> None:
    tree = tool("tree", properties={"child": {"$ref": "#"}, "leaf": {"type": "integer"}})
    deep = tool(
        "deep",
        **{"$schema": "https://json-schema.org/draft/2020-12/schema"},
        properties={"x": {"$ref": "#/definitions/D/properties/y"}},
        definitions={"D": {"properties": {"y": {"type": "integer"}}}},
    )
    schema = calls_schema([tree, deep])
    validator = Draft202012Validator(schema)
    prompt_of_it = Prompt((), json.dumps(schema), 9, 0.0, 0, ())
    assert "leaf" in grammar_of(prompt_of_it)

    def fits(name: str, **arguments: Any) -> bool:
        return bool(validator.is_valid({"tool_calls": [{"name": name, "arguments": arguments}]}))

    assert fits("tree", child={"child": {"leaf": 1}}) and fits("deep", x=1)
    assert not fits("tree", child={"child": {"leaf": "1"}}) and not fits("deep", x="1")


def test_a_broken_schema_is_refused() -> None:
    with pytest.raises(InvalidInput):
        calls_schema([OfferedTool("bad", "", '{"type": "nothing"}')])
