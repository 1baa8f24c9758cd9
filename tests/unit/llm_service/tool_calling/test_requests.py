"""Tools and calls on the wire: what is read, and what is refused, each naming its field."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import InvalidInput
from llm_service.prompt import Finished, WrittenCall
from llm_service.requests import read_prompt
from llm_service.servicer import LlmServicer
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb

USER = pb.ChatMessage(role=pb.CHAT_ROLE_USER, content="hi")
CALL = pb.ToolCall(id="1", name="clock", arguments='{"zone": "UTC"}')


def request(*messages: pb.ChatMessage, **more: Any) -> pb.GenerateRequest:
    return pb.GenerateRequest(call_id="a", messages=messages or [USER], **more)


def test_tools_and_calls_are_read() -> None:
    clock = pb.OfferedTool(name="clock", description="Tells the time", parameters_schema="")
    add = pb.OfferedTool(name="a-d_d", parameters_schema='{"properties": {"a": {}}}')
    prompt = read_prompt(
        request(
            USER,
            pb.ChatMessage(role=pb.CHAT_ROLE_ASSISTANT, tool_calls=[CALL]),
            pb.ChatMessage(role=pb.CHAT_ROLE_TOOL, content="12:00", tool_call_id="1"),
            tools=[clock, add],
            tool_choice=pb.TOOL_CHOICE_REQUIRED,
        )
    )
    assert [each.name for each in prompt.tools] == ["clock", "a-d_d"]
    assert prompt.tools[0].described["parameters"]["additionalProperties"] is False
    assert prompt.tool_choice == "required"
    assert prompt.messages[1].tool_calls == (WrittenCall("1", "clock", '{"zone": "UTC"}'),)
    assert (prompt.messages[2].role, prompt.messages[2].tool_call_id) == ("tool", "1")


def test_the_model_chooses_unless_it_is_said() -> None:
    assert read_prompt(request()).tool_choice == "auto"
    choice = pb.TOOL_CHOICE_NONE
    assert read_prompt(request(tool_choice=choice)).tool_choice == "none"


TOOL = pb.OfferedTool(name="clock")


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (request(tools=[pb.OfferedTool(name="")]), "tools[0].name", "1 to 64 letters"),
        (request(tools=[pb.OfferedTool(name="two words")]), "tools[0].name", "'two words'"),
        (request(tools=[pb.OfferedTool(name="ü")]), "tools[0].name", "1 to 64 letters"),
        (request(tools=[pb.OfferedTool(name="x" * 65)]), "tools[0].name", "1 to 64 letters"),
        (request(tools=[TOOL, TOOL]), "tools[1].name", "another one"),
        (request(tools=[pb.OfferedTool(name=f"t{n}") for n in range(65)]), "tools", "65"),
        (
            request(tools=[pb.OfferedTool(name="a", parameters_schema="{")]),
            "tools[0].parameters_schema",
            "no JSON",
        ),
        (
            request(tools=[pb.OfferedTool(name="a", parameters_schema='{"type": "array"}')]),
            "tools[0].parameters_schema",
            "arguments are an object",
        ),
        (request(tools=[TOOL], json_schema="{}"), "tools", "exclude"),
        (request(tools=[TOOL], grammar='root ::= "a"'), "tools", "exclude"),
        (request(tool_choice=pb.TOOL_CHOICE_REQUIRED), "tools", "offer one"),
        (request(tool_choice=9), "tool_choice", "9"),
        (
            request(pb.ChatMessage(role=pb.CHAT_ROLE_USER, tool_calls=[CALL])),
            "messages[0].tool_calls",
            "only an assistant",
        ),
        (
            request(pb.ChatMessage(role=pb.CHAT_ROLE_USER, tool_call_id="1")),
            "messages[0].tool_call_id",
            "only a tool",
        ),
        (
            request(
                pb.ChatMessage(
                    role=pb.CHAT_ROLE_ASSISTANT, tool_calls=[pb.ToolCall(arguments="[1]")]
                )
            ),
            "messages[0].tool_calls[0].arguments",
            "no JSON object",
        ),
        (
            request(
                pb.ChatMessage(
                    role=pb.CHAT_ROLE_ASSISTANT, tool_calls=[pb.ToolCall(arguments="NaN")]
                )
            ),
            "messages[0].tool_calls[0].arguments",
            "no JSON",
        ),
    ],
)
def test_what_is_wrong_names_its_field(asked: pb.GenerateRequest, field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_prompt(asked)
    assert refused.value.field == field
    assert words in str(refused.value)


async def test_calls_are_in_the_last_response() -> None:
    class Engine:
        async def stream(self, *given: Any, **more: Any) -> Any:
            call = WrittenCall("1", "clock", '{"zone": "UTC"}')
            yield Finished("tool_calls", 9, 5, 0.1, 10.0, tool_calls=(call,))

    engine: Any = Engine()
    model: Any = type("Model", (), {"name": "m", "provider": "p"})
    nothing: Any = None
    servicer = LlmServicer(engine, nothing, model)
    [last] = [each async for each in servicer.Generate(request(tools=[TOOL]), nothing)]
    assert last.finish_reason == pb.FINISH_REASON_TOOL_CALLS
    assert list(last.tool_calls) == [CALL]
