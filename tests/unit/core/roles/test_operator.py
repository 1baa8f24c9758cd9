"""The operator: a model that misspells chooses among calls, another one writes its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.instant_services import InstantServices
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    ModelInfo,
    ToolDescription,
    ToolResult,
)
from core.roles.operator import operate
from core.state import TaskState, initial_state
from tests.hops import BUNDLED, INSTRUCT, hop_in

TOOLS = [
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
    for name, properties in {
        "append_line": ["path", "line"],
        "write_file": ["path", "content"],
    }.items()
]


@dataclass
class Services(InstantServices):
    """Two tools, and a model that takes the last of the choices or says what it is told."""

    answer_style: str = BUNDLED
    says: str = ""
    finish_reason: str = "stop"
    schemas: list[Any] = field(default_factory=list)
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up what the services share."""
        InstantServices.__init__(self)

    async def describe(self) -> ModelInfo:
        """Return the kind of model."""
        return ModelInfo("model", 8192, self.answer_style)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Choose."""
        schema = json.loads(settings.json_schema)
        self.schemas.append(schema)
        return Generation(self.says or json.dumps(schema["enum"][-1]), self.finish_reason, 1, 1)

    async def list_tools(self) -> list[ToolDescription]:
        """Return the two."""
        return TOOLS

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Note the call."""
        self.called.append((name, dict(arguments)))
        return ToolResult(ok=True, output="done")


async def _operate(text: str, services: Services) -> TaskState:
    hop = await hop_in(services, "operator")
    state = initial_state(
        task_id="t", correlation_id="t", text=text, requested_workflow="tool", max_review_cycles=2
    )
    return (await operate(state, hop)).update


async def test_a_model_that_quotes_chooses_among_whole_calls() -> None:
    services = Services()
    await _operate('new file words.txt: he said "no"\nand left', services)
    [schema] = services.schemas
    assert [each["tool"] for each in schema["enum"]] == ["append_line", "write_file"]
    content = 'he said "no"\nand left'
    assert services.called == [("write_file", {"path": "words.txt", "content": content})]


@pytest.mark.parametrize("text", ["delete words.txt", "write hi to a.txt and delete b.txt"])
async def test_what_no_tool_does_is_declined_without_a_call(text: str) -> None:
    services = Services()
    state = await _operate(text, services)
    assert services.called == []
    assert not state["tool_result"]["ok"]
    assert state["tool_result"]["tool"] == ""


async def test_words_in_the_way_are_named() -> None:
    state = await _operate("write 'hi' to a.txt unless it rains twice", Services())
    output = state["tool_result"]["output"]
    assert "“unless”, “rains”, “twice” was not understood" in output


async def test_a_choice_that_was_cut_short_is_no_call() -> None:
    services = Services(says='{"tool": "wri')
    assert not (await _operate("write hi to a.txt", services))["tool_result"]["ok"]
    assert services.called == []


async def test_a_choice_that_is_marked_as_cut_is_no_call_though_it_is_json() -> None:
    services = Services(finish_reason="length")
    assert not (await _operate("write hi to a.txt", services))["tool_result"]["ok"]
    assert len(services.schemas) == 1
    assert services.called == []


async def test_another_model_writes_its_own_call() -> None:
    call = {"tool": "write_file", "arguments": {"path": "b.txt", "content": "a summary"}}
    services = Services(answer_style=INSTRUCT, says=json.dumps(call))
    await _operate("sum it up in b.txt", services)
    assert "anyOf" in services.schemas[0]
    assert services.called == [("write_file", call["arguments"])]
