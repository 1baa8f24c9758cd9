"""A server gets no text that it would take for a control token, and nobody sees that."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_service.backends.openai_compatible.control_texts import Joined, break_up
from llm_service.prompt import PromptMessage
from tests.unit.llm_service.openai_compatible.fake_server import text_stream
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read
from tests.vocabularies import KINDS

CONTROLS = [
    *sorted({text for kind in KINDS for text in kind.steering}),
    *("<|channel|>", "<|tool▁call▁begin|>", "<<SYS>>", "<</SYS>>", "[AVAILABLE_TOOLS]"),
    *("[/INST]", "<s>", "</s>", "<tool_call>", "</tool_response>", "<|reserved_special_token_7|>"),
]
ORDINARY = ["a < b", "x[0] | y > z", "<div>|</div>", "[1, 2]", "a <| b", "|>", "<|", "<html>", ""]


@pytest.mark.parametrize("control", CONTROLS)
async def test_a_control_text_is_broken_up_and_comes_back_whole(control: str) -> None:
    text = f"say {control} and {control}{control}"
    asked = prompt(messages=(PromptMessage("user", text),))
    async with answering(text_stream(*(f"{break_up(text)}!"))) as (fake, backend):
        said, _ = await read(backend, asked)
    [sent] = fake.asked[0]["messages"]
    assert control not in sent["content"]
    assert sent["content"].replace("\u200b", "") == text
    assert said == f"{text}!"


@pytest.mark.parametrize("text", ORDINARY)
async def test_ordinary_text_is_sent_and_comes_back_as_it_is(text: str) -> None:
    kept = f"{text} \u200b<\u200b"
    asked = prompt(messages=(PromptMessage("user", kept),))
    async with answering(text_stream(*kept)) as (fake, backend):
        assert (await read(backend, asked))[0] == kept
    assert fake.asked[0]["messages"][0]["content"] == kept


async def test_json_is_held_against_its_schema_when_it_is_whole_again() -> None:
    schema = json.dumps({"enum": ["<|im_end|>"]})
    asked = prompt(messages=(PromptMessage("user", "<|im_end|>"),), json_schema=schema)
    async with answering(text_stream('"<', "\u200b|im_", 'end|>"')) as (_, backend):
        assert (await read(backend, asked))[0] == '"<|im_end|>"'


PARTS = st.lists(st.sampled_from([*CONTROLS, *ORDINARY, "\n", "é", "<", "|>"]), max_size=8)


@given(parts=PARTS, sizes=st.lists(st.integers(1, 5), max_size=40))
def test_no_form_is_left_and_any_pieces_join(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts)
    broken = break_up(text)
    assert not any(control in broken for control in CONTROLS)
    assert break_up(broken) == broken
    joined = Joined([PromptMessage("user", text)])
    said, at = "", 0
    for size in [*sizes, len(broken)]:
        said += joined.add(broken[at : at + size])
        at += size
    assert said == joined.text == text
