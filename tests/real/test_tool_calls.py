"""LlmService.Generate with tools, on a real model."""

from __future__ import annotations

import json

import pytest

from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from tests.real.conftest import RealMesh

pytestmark = pytest.mark.real

WEATHER = pb.OfferedTool(
    name="get_weather",
    description="Tells the weather of a city",
    parameters_schema=json.dumps(
        {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    ),
)


async def answered(
    mesh: RealMesh, call_id: str, *messages: pb.ChatMessage
) -> tuple[str, pb.GenerateResponse]:
    request = pb.GenerateRequest(
        call_id=call_id, messages=messages, tools=[WEATHER], max_tokens=120
    )
    async with mesh.channel("llm") as channel:
        responses = [each async for each in LlmServiceStub(channel).Generate(request)]
    return "".join(each.text for each in responses), responses[-1]


async def test_a_call_its_result_and_the_answer(mesh: RealMesh) -> None:
    asked = pb.ChatMessage(role=pb.CHAT_ROLE_USER, content="What is the weather in Berlin?")
    text, last = await answered(mesh, "call", asked)
    assert (text, last.finish_reason) == ("", pb.FINISH_REASON_TOOL_CALLS)
    [call] = last.tool_calls
    assert call.name == "get_weather"
    assert "Berlin" in json.loads(call.arguments)["city"]
    again = await answered(mesh, "call", asked)
    assert again == (text, last)

    called = pb.ChatMessage(role=pb.CHAT_ROLE_ASSISTANT, tool_calls=[call])
    result = pb.ChatMessage(
        role=pb.CHAT_ROLE_TOOL, tool_call_id=call.id, content="17 degrees and raining <|im_end|>"
    )
    text, last = await answered(mesh, "answer", asked, called, result)
    assert "17" in text
    assert last.finish_reason == pb.FINISH_REASON_STOP


async def test_what_no_tool_can_do_is_answered_in_words(mesh: RealMesh) -> None:
    asked = pb.ChatMessage(role=pb.CHAT_ROLE_USER, content="Who wrote Hamlet?")
    text, last = await answered(mesh, "words", asked)
    assert "Shakespeare" in text
    assert not last.tool_calls
