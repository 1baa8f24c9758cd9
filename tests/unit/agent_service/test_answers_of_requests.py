"""Questions and answers between the proto and the core: what is no answer names its field."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Value
from hypothesis import given
from hypothesis import strategies as st

from agent_service.fronts.grpc.agent_servicer import AgentServicer
from agent_service.fronts.grpc.questions import answer_of_request, question_to_proto
from core.errors import InvalidInput, NotFound
from core.ports import Answer, AnswerKind, EffectAnswer, JsonAnswer, Question, TextAnswer
from shared.clients import AgentClient
from shared.clients.structs import from_value, to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.json_values import VALUES

from .asking_workflow import ASKING, FORMS, GEORGE, asked, submitted
from .conftest import StartAgent, World

UNKNOWN = "01a1fc85-c72b-711a-becc-59c323955830"
CONTEXT: Any = SimpleNamespace(set_trailing_metadata=lambda metadata: None)
TOO_LONG = "é" * (32 * 1024 + 1)


def number(value: float) -> Value:
    return Value(number_value=value)


def nested(levels: int) -> Value:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return to_value(value)


def effect(**fields: Any) -> dict[str, Any]:
    return {"effect": pb.EffectAnswer(**fields)}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no answer": ({}, "answer"),
    "an effect that says nothing": (effect(output="x"), "effect.happened"),
    "an output of blanks": (effect(happened=True, output=" "), "effect.output"),
    "a long output": (effect(happened=True, output=TOO_LONG), "effect.output"),
    "no text": ({"text": ""}, "text"),
    "a text of blanks": ({"text": " \n"}, "text"),
    "a long text": ({"text": TOO_LONG}, "text"),
    "a value of no kind": ({"value": Value()}, "value"),
    "not a number": ({"value": number(math.nan)}, "value"),
    "an infinity": ({"value": number(-math.inf)}, "value"),
    "a level too many": ({"value": nested(21)}, "value" + "[0]" * 20),
    "a large value": ({"value": to_value(["é" * 32_767])}, "value"),
    "a long name of the question": ({"text": "x", "call_id": "x" * 129}, "call_id"),
    "a task's id that is none": ({"text": "x", "task_id": "x"}, "task_id"),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_answer_is_refused_with_its_field(
    start_agent: StartAgent, name: str
) -> None:
    fields, field = BAD[name]
    async with start_agent(World()) as agent:
        front = AgentServicer(agent.desk)
        with pytest.raises(InvalidInput) as refused:
            await front.RespondTask(pb.RespondTaskRequest(**{"task_id": UNKNOWN} | fields), CONTEXT)
        assert refused.value.field == field
        with pytest.raises(NotFound):
            await front.RespondTask(pb.RespondTaskRequest(task_id=UNKNOWN, text="x"), CONTEXT)


@pytest.mark.parametrize(
    "value", [nested(20), to_value(["é" * 32_766]), to_value(None), to_value("")]
)
def test_what_is_just_small_enough_is_taken(value: Value) -> None:
    assert answer_of_request(pb.RespondTaskRequest(value=value)) == JsonAnswer(from_value(value))


class Stub:
    """Keeps the request of a client."""

    async def respond(self, request: pb.RespondTaskRequest, timeout: float) -> Any:
        self.request = request
        return pb.RespondTaskResponse()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(
    st.builds(EffectAnswer, st.booleans(), st.just("") | TEXTS)
    | st.builds(TextAnswer, TEXTS)
    | st.builds(JsonAnswer, VALUES)
)
async def test_what_a_client_sends_is_what_the_front_reads(answer: Answer) -> None:
    stub = Stub()
    client = AgentClient.__new__(AgentClient)
    client._stub = SimpleNamespace(RespondTask=stub.respond)
    await client.respond(UNKNOWN, answer, "the question")
    assert (stub.request.task_id, stub.request.call_id) == (UNKNOWN, "the question")
    assert answer_of_request(stub.request) == answer


@given(st.builds(Question, TEXTS, TEXTS, st.sampled_from(AnswerKind), VALUES))
def test_a_question_is_on_the_wire_what_it_is(question: Question) -> None:
    message = question_to_proto(question)
    assert (message.text, message.call_id) == (question.text, question.call_id)
    assert pb.AnswerKind.Name(message.kind) == f"ANSWER_KIND_{question.kind.name}"
    assert message.HasField("payload") is (question.payload is not None)
    assert from_value(message.payload) == question.payload


async def test_a_task_shows_its_question_and_takes_the_answer_over_the_front(
    start_agent: StartAgent,
) -> None:
    async with start_agent(World(), ASKING) as agent:
        front = AgentServicer(agent.desk)
        task_id = await submitted(agent)
        await asked(agent, task_id)

        async def get() -> pb.Task:
            return (await front.GetTask(pb.GetTaskRequest(task_id=task_id), CONTEXT)).task

        task = await get()
        assert task.status == pb.TASK_STATUS_INPUT_REQUIRED
        assert not task.question.HasField("payload")
        text = pb.RespondTaskRequest(
            task_id=task_id, call_id=task.question.call_id, text=GEORGE.text
        )
        assert not (await front.RespondTask(text, CONTEXT)).task.HasField("question")
        await asked(agent, task_id)
        assert from_value((await get()).question.payload) == {"forms": FORMS}
        basic = pb.ListTasksRequest(view=pb.TASK_VIEW_BASIC)
        [listed] = (await front.ListTasks(basic, CONTEXT)).tasks
        assert not listed.HasField("question")
