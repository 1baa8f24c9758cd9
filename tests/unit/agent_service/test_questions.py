"""Roles of a test's own workflow ask a person for a text and for JSON, and the agent is killed."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_service.storage.questions import (
    answers_column,
    answers_of_column,
    question_column,
    question_of_column,
)
from agent_service.storage.records import EventType, Submission, TaskEvent, TaskRecord, TaskStatus
from core.asking import ask
from core.errors import InvalidInput, OutcomeUnknown, WrongState
from core.hops import Hop, HopOutcome
from core.ports import (
    Answer,
    AnswerKind,
    EffectAnswer,
    JsonAnswer,
    Question,
    TextAnswer,
)
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec
from tests.json_values import VALUES

from .asking_workflow import ASKING, CHOOSER, FORMS, GEORGE, LISTENER, asked, submitted
from .conftest import Agent, StartAgent, World


async def events_of(agent: Agent, task_id: str) -> list[TaskEvent]:
    events = await agent.storage.events.read(task_id, 1)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return events


def held_at(world: World, call: str) -> asyncio.Event:
    """Let the task stop for good in a call; return what says that it got there."""
    reached = asyncio.Event()

    def before_call(call_id: str) -> None:
        if call_id.endswith(call):
            world.calls.hold()
            reached.set()

    world.calls.before = before_call
    return reached


async def test_a_task_is_killed_around_every_question_and_answer(start_agent: StartAgent) -> None:
    async with start_agent(World(), ASKING) as agent:  # killed once it asks
        task_id = await submitted(agent)
        first = await asked(agent, task_id)
        assert first == Question("For whom is the poem?", f"{task_id}:1:reader", AnswerKind.TEXT)
    async with start_agent(World(), ASKING) as agent:  # killed before the answered task is claimed
        assert await asked(agent, task_id) == first
        await agent.storage.lives.respond(task_id, GEORGE, first.call_id)
    world = World()
    reached = held_at(world, ":1:retrieve")
    async with start_agent(world, ASKING) as agent:  # killed in the hop that has its answer
        async with asyncio.timeout(10):
            await reached.wait()
    form: Any = {"lines": 3, "name": None, "ü": [1, 2.5, True]}
    async with start_agent(World(), ASKING) as agent:
        second = await asked(agent, task_id)
        assert second.call_id == f"{task_id}:2:form"
        assert (second.kind, second.payload) == (AnswerKind.JSON, {"forms": FORMS})
        await agent.desk.answer(task_id, JsonAnswer(form), second.call_id)
        assert (await asked(agent, task_id)).call_id == f"{task_id}:2:rhymes"
        await agent.storage.lives.respond(task_id, JsonAnswer(None))
    world = World()
    reached = held_at(world, ":2:retrieve")
    async with start_agent(world, ASKING) as agent:  # killed between the last answer and the end
        async with asyncio.timeout(10):
            await reached.wait()
    async with start_agent(World(), ASKING) as agent:
        task = await agent.ended(task_id)
        assert task.status is TaskStatus.COMPLETED
        assert json.loads(task.progress.result) == [GEORGE.text, form, None]
        events = await events_of(agent, task_id)
    talk = [each for each in events if {"question", "answer"} & each.detail.keys()]
    kinds = [
        (each.type, dict(each.detail.get("question", each.detail))["call_id"]) for each in talk
    ]
    assert kinds == [
        (kind, f"{task_id}:{place}")
        for place in ("1:reader", "2:form", "2:rhymes")
        for kind in (EventType.INPUT_REQUIRED, EventType.RESPONDED)
    ]
    [_, said, choice, *_] = [dict(each.detail) for each in talk]
    assert said == {"call_id": first.call_id, "answer": {"text": GEORGE.text}}
    assert choice == {
        "question": {
            **{"text": "Which form?", "call_id": second.call_id, "kind": "json"},
            "payload": {"forms": FORMS},
        },
    }


async def test_an_answer_answers_the_question_that_it_names_and_no_other(
    start_agent: StartAgent,
) -> None:
    yes, no = JsonAnswer(True), JsonAnswer(False)
    async with start_agent(World(), ASKING) as agent:
        task_id = await submitted(agent)
        answer, lives = agent.desk.answer, agent.storage.lives
        await asked(agent, task_id)
        await answer(task_id, GEORGE)
        form = (await asked(agent, task_id)).call_id
        await answer(task_id, yes, form)
        rhymes = (await asked(agent, task_id)).call_id
        before = await agent.desk.get(task_id)
        # The answer to the form, sent again since its response was lost: rhymes still waits.
        assert await lives.respond(task_id, yes, form) == before
        for other in (no, JsonAnswer(1)):  # in Python, 1 equals true
            with pytest.raises(WrongState, match=r"form of task .* was answered otherwise"):
                await lives.respond(task_id, other, form)
        with pytest.raises(WrongState, match="the question nothing does not wait"):
            await lives.respond(task_id, yes, "nothing")
        assert await agent.desk.get(task_id) == before
        # Equal to an earlier answer, and a new one all the same.
        assert (await lives.respond(task_id, yes)).answers[rhymes] == yes
        assert (await lives.respond(task_id, yes)).status is TaskStatus.QUEUED
        agent.runner.notify()
        ended = await agent.ended(task_id)
        assert json.loads(ended.progress.result)[1:] == [True, True]
        for call_id in ("", form, rhymes):
            assert await lives.respond(task_id, yes, call_id) == ended


async def test_what_was_said_to_an_earlier_question_is_no_repeat(start_agent: StartAgent) -> None:
    """An answer that equals one to an earlier question was taken for a repeat, and dropped."""
    yes, no = JsonAnswer(True), JsonAnswer(False)
    async with start_agent(World(), ASKING) as agent:
        task_id = await submitted(agent)
        for answer in (GEORGE, yes, no):
            await asked(agent, task_id)
            await agent.desk.answer(task_id, answer)
        ended = await agent.ended(task_id)
        for call_id in ("", f"{task_id}:2:rhymes"):
            with pytest.raises(WrongState, match=r"rhymes of task .* was answered otherwise"):
                await agent.desk.answer(task_id, yes, call_id)
        assert await agent.desk.answer(task_id, no) == ended


class CutAgain(World):
    """Its tool service is cut in a call, and again in the one that is made after the answer."""

    def __init__(self) -> None:
        cuts = [OutcomeUnknown("a crash cut the call") for _ in range(2)]
        super().__init__("tool", results=cuts)


@pytest.mark.parametrize("killed", [True, False])
async def test_each_cut_of_a_call_is_a_question_of_its_own(
    start_agent: StartAgent, killed: bool
) -> None:
    world = CutAgain()
    async with start_agent(world) as agent:
        wanted = Submission("write hi to a.txt", str(uuid.uuid4()), workflow="tool")
        task_id = (await agent.desk.submit(wanted)).task_id
        first = await asked(agent, task_id)
        await agent.desk.answer(task_id, EffectAnswer(False), first.call_id)
        second = await asked(agent, task_id)
        # The same words to another question are no repeat; those to the first one are.
        await agent.storage.lives.respond(task_id, EffectAnswer(False), first.call_id)
        assert (await asked(agent, task_id)) == second
        assert second.call_id not in ("", first.call_id)
        await agent.storage.lives.respond(task_id, EffectAnswer(True), second.call_id)
        if not killed:
            agent.runner.notify()
            await agent.ended(task_id)
    async with start_agent(world) as agent:
        task = await agent.ended(task_id)
    assert task.status is TaskStatus.COMPLETED
    call_id = f"{task_id}:1:call"
    assert world.tools.resolved == [(call_id, EffectAnswer(False)), (call_id, EffectAnswer(True))]
    assert world.tools.called == []


ANSWERS: dict[AnswerKind, Answer] = {
    AnswerKind.EFFECT: EffectAnswer(True),
    AnswerKind.TEXT: TextAnswer("true"),
    AnswerKind.JSON: JsonAnswer("true"),
}


async def test_an_answer_of_another_kind_is_refused_and_the_task_waits_on(
    start_agent: StartAgent,
) -> None:
    async with start_agent(World(), ASKING) as agent:
        task_id = await submitted(agent)
        for kind in (AnswerKind.TEXT, AnswerKind.JSON):
            question = await asked(agent, task_id)
            assert question.kind is kind
            before = await agent.desk.get(task_id), await events_of(agent, task_id)
            for other in ANSWERS.values():
                if other.kind is not kind:
                    for call_id in ("", question.call_id):
                        with pytest.raises(InvalidInput, match=r"takes a .*, and not") as refused:
                            await agent.desk.answer(task_id, other, call_id)
                        assert refused.value.field == "answer"
            assert (await agent.desk.get(task_id), await events_of(agent, task_id)) == before
            await agent.desk.answer(task_id, ANSWERS[kind])


async def test_a_fork_asks_for_itself(start_agent: StartAgent) -> None:
    async with start_agent(World(), ASKING) as agent:
        task_id = await submitted(agent)
        await asked(agent, task_id)
        await agent.desk.answer(task_id, GEORGE)
        await asked(agent, task_id)
        pages = await agent.desk.history.page(task_id, 10)
        [routed] = [each for each in pages if each.last_role == "router"]
        fork = await agent.desk.fork(
            task_id,
            routed.checkpoint_id,
            {},
            correlation_id=str(uuid.uuid4()),
            trace_parent="",
        )
        assert (await asked(agent, fork.task_id)).call_id == f"{fork.task_id}:1:reader"


BAD_QUESTIONS: dict[str, tuple[str, Any, str]] = {
    "no text": (" \n", None, "text"),
    "a long text": ("é" * 32_769, None, "text"),
    "no character": ("\ud800", None, "text"),
    "not a number": ("?", {"a": [float("nan")]}, "payload"),
    "a large payload": ("?", "x" * 65_535, "payload"),
    "a deep payload": ("?", json.loads("[" * 21 + "]" * 21), "payload"),
}


@pytest.mark.parametrize("name", BAD_QUESTIONS)
async def test_a_question_that_cannot_be_kept_fails_its_task_and_says_so(
    start_agent: StartAgent, name: str
) -> None:
    text, payload, field = BAD_QUESTIONS[name]

    async def bad(state: TaskState, hop: Hop) -> HopOutcome:
        await ask(hop, "reader", TextAnswer, text, payload)
        raise AssertionError("nobody has answered")

    async with start_agent(World(), asking(bad)) as agent:
        task = await agent.ended(await submitted(agent))
    assert (task.status, task.failure_reason) == (TaskStatus.FAILED, InvalidInput.reason)
    assert field in task.failure_message or "empty" in task.failure_message


def asking(act: Any) -> Workflows:
    """Return the workflows with other work for the listener."""
    roles = (replace(LISTENER, act=act), CHOOSER)
    return Workflows((*BUILT_IN, WorkflowSpec("poem", version=1, description="", roles=roles)))


async def test_an_answer_to_what_the_question_was_under_another_version_is_not_taken(
    start_agent: StartAgent,
) -> None:
    async def listen_for_json(state: TaskState, hop: Hop) -> HopOutcome:
        await ask(hop, "reader", JsonAnswer, "For whom?")
        raise AssertionError("the answer is a text")

    async with start_agent(World(), ASKING) as agent:
        task_id = await submitted(agent)
        await asked(agent, task_id)
        await agent.storage.lives.respond(task_id, GEORGE)
    async with start_agent(World(), asking(listen_for_json)) as agent:
        task: TaskRecord = await agent.ended(task_id)
    assert (task.status, task.failure_reason) == (TaskStatus.FAILED, WrongState.reason)
    assert "takes the kind json now" in task.failure_message


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SAID = st.one_of(
    st.builds(EffectAnswer, st.booleans(), TEXTS),
    st.builds(TextAnswer, TEXTS),
    st.builds(JsonAnswer, VALUES),
)


@given(
    st.none() | st.builds(Question, TEXTS, TEXTS, st.sampled_from(AnswerKind), VALUES),
    st.dictionaries(TEXTS, SAID),
)
def test_questions_and_answers_are_kept_as_they_are(
    question: Question | None, answers: dict[str, Answer]
) -> None:
    assert question_of_column(question_column(question)) == question
    kept = answers_of_column(answers_column(answers))
    assert kept == answers
    assert list(kept) == list(answers)
