"""The operator: a model that misspells chooses among calls, another one writes its own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.ports import ToolDescription
from core.roles.operator import operate
from core.state import TaskState, initial_state
from shared.testing import FakeModel, FakeServices, FakeTool, FakeToolbox
from tests.hops import BUNDLED, INSTRUCT, hop_in

TOOLS = [
    FakeTool(
        ToolDescription(
            name,
            "Does things.",
            {
                "type": "object",
                "properties": {each: {"type": "string"} for each in properties},
                "required": properties,
            },
            idempotent=False,
        )
    )
    for name, properties in {
        "append_line": ["path", "line"],
        "write_file": ["path", "content"],
    }.items()
]


def _services(says: str = "", **more: Any) -> FakeServices:
    """Return two tools, and a model that says something or takes the last of the choices."""
    return FakeServices(
        model=FakeModel(
            says=lambda asked: says or json.dumps(asked.schema["enum"][-1]),
            **{"answer_style": BUNDLED, **more},
        ),
        tools=FakeToolbox(tools=TOOLS),
    )


async def _operate(text: str, services: FakeServices) -> TaskState:
    hop = await hop_in(services, "operator")
    state = initial_state(
        task_id="t", correlation_id="t", text=text, requested_workflow="tool", max_review_cycles=2
    )
    return (await operate(state, hop)).update


def _schemas(services: FakeServices) -> list[Any]:
    return [asked.schema for asked in services.model.asked]


async def test_a_model_that_quotes_chooses_among_whole_calls() -> None:
    services = _services()
    await _operate('new file words.txt: he said "no"\nand left', services)
    [schema] = _schemas(services)
    assert [each["tool"] for each in schema["enum"]] == ["append_line", "write_file"]
    content = 'he said "no"\nand left'
    assert services.tools.called == [("write_file", {"path": "words.txt", "content": content})]


@pytest.mark.parametrize("text", ["delete words.txt", "write hi to a.txt and delete b.txt"])
async def test_what_no_tool_does_is_declined_without_a_call(text: str) -> None:
    services = _services()
    state = await _operate(text, services)
    assert services.tools.called == []
    assert not state["tool_result"]["ok"]
    assert state["tool_result"]["tool"] == ""


async def test_words_in_the_way_are_named() -> None:
    state = await _operate("write 'hi' to a.txt unless it rains twice", _services())
    output = state["tool_result"]["output"]
    assert "“unless”, “rains”, “twice” was not understood" in output


async def test_a_choice_that_was_cut_short_is_no_call() -> None:
    services = _services('{"tool": "wri', strays=True)
    assert not (await _operate("write hi to a.txt", services))["tool_result"]["ok"]
    assert services.tools.called == []


async def test_a_choice_that_is_marked_as_cut_is_no_call_though_it_is_json() -> None:
    services = _services(cut_short=True)
    assert not (await _operate("write hi to a.txt", services))["tool_result"]["ok"]
    assert len(services.model.asked) == 1
    assert services.tools.called == []


async def test_another_model_writes_its_own_call() -> None:
    arguments = {"path": "b.txt", "content": "a summary"}
    call = {"thought": "It is short.", "tool": "write_file", "arguments": arguments}
    services = _services(json.dumps(call), answer_style=INSTRUCT)
    await _operate("sum it up in b.txt", services)
    assert "anyOf" in _schemas(services)[0]
    assert services.tools.called == [("write_file", arguments)]
