"""`TaskLives`: where a task may stand next, and the event that tells of it, both or neither."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from agent_service.storage.ports import Storage
from agent_service.storage.questions import answer_json, question_json
from agent_service.storage.records import EventType, NewEvent, TaskEnd, TaskRecord, TaskStatus
from core.errors import InvalidInput, NotFound, WrongState
from core.ports import EffectAnswer, JsonAnswer, TextAnswer

from .implementations import SetClock
from .moves import (
    CANCELLED,
    COMPLETED,
    ENDS,
    FAILED,
    asks,
    ended,
    events_of,
    queued,
    running,
    save,
    state_after,
    types_of,
)

YES, NO = EffectAnswer(True, "as seen"), EffectAnswer(False)


def waiting(task_id: str) -> NewEvent:
    return NewEvent(task_id, EventType.WAITING, "2026-01-01", 3, "coder", 2, 1, {"message": "é"})


@pytest.mark.parametrize("end", [*ENDS, asks()], ids=lambda end: end.status.value)
@pytest.mark.parametrize("bring", [queued, running])
async def test_a_task_that_has_not_ended_ends_with_its_event(
    storage: Storage,
    clock: SetClock,
    end: TaskEnd,
    bring: Callable[[Storage], Awaitable[TaskRecord]],
) -> None:
    before = await bring(storage)
    clock.move(1)
    task = await storage.lives.end(before.task_id, end)
    assert task == await storage.tasks.get(task.task_id)
    assert task == replace(
        before,
        status=end.status,
        failure_reason=end.reason,
        failure_message=end.message,
        question=end.question,
        updated_at=clock.now_iso(),
    )
    event = (await events_of(storage, task.task_id))[-1]
    assert (event.type, event.at, event.hop_index) == (end.event, clock.now_iso(), 0)
    asked = question_json(end.question) if end.question else None
    said = {"reason": end.reason, "message": end.message, "question": asked}
    assert event.detail == {name: text for name, text in said.items() if text}


@pytest.mark.parametrize("approved", [True, False, None])
async def test_the_end_of_code_says_whether_it_was_approved(
    storage: Storage, approved: bool | None
) -> None:
    task = await running(storage)
    verdict = {} if approved is None else {"approved": approved}
    await save(storage, task.task_id, state_after("router", "coder", **verdict))
    await storage.lives.end(task.task_id, COMPLETED)
    event = (await events_of(storage, task.task_id))[-1]
    assert (event.hop_index, event.detail) == (1, verdict)


@pytest.mark.parametrize("end", [*ENDS, asks()], ids=lambda end: end.status.value)
@pytest.mark.parametrize("first", ENDS, ids=lambda end: end.status.value)
async def test_a_task_ends_once(storage: Storage, first: TaskEnd, end: TaskEnd) -> None:
    task = await ended(storage, first)
    with pytest.raises(WrongState, match=f"has ended: it is {first.status.value}"):
        await storage.lives.end(task.task_id, end)
    assert await storage.tasks.get(task.task_id) == task
    assert len(await events_of(storage, task.task_id)) == 2


async def test_of_two_ends_at_once_one_counts(storage: Storage) -> None:
    task = await running(storage)
    ends = [storage.lives.end(task.task_id, end) for end in (COMPLETED, CANCELLED)]
    answers = await asyncio.gather(*ends, return_exceptions=True)
    [refused] = [each for each in answers if isinstance(each, BaseException)]
    assert isinstance(refused, WrongState)
    [counted] = [each for each in answers if isinstance(each, TaskRecord)]
    assert await storage.tasks.get(task.task_id) == counted
    assert len(await events_of(storage, task.task_id)) == 2


async def test_a_task_that_asks_can_be_cancelled_and_not_end_otherwise(storage: Storage) -> None:
    task = await ended(storage, asks())
    for end in (COMPLETED, FAILED, asks("another")):
        with pytest.raises(WrongState):
            await storage.lives.end(task.task_id, end)
    cancelled = await storage.lives.end(task.task_id, CANCELLED)
    assert (cancelled.status, cancelled.question) == (TaskStatus.CANCELLED, None)


@pytest.mark.parametrize("answer", [YES, NO])
async def test_an_answer_hands_the_task_back(
    storage: Storage, clock: SetClock, answer: EffectAnswer
) -> None:
    asked = await ended(storage, asks("its call"), timeout_seconds=5)
    clock.move(1)
    task = await storage.lives.respond(asked.task_id, answer)
    assert task == await storage.tasks.get(task.task_id)
    assert (task.status, task.updated_at) == (TaskStatus.QUEUED, clock.now_iso())
    assert (task.question, task.failure_reason) == (None, "")
    assert (task.failure_message, task.deadline_at) == ("", "")
    assert task.answers == {"its call": answer}
    event = (await events_of(storage, task.task_id))[-1]
    assert event.type is EventType.RESPONDED
    assert event.detail == {"call_id": "its call", "answer": answer_json(answer)}
    assert await storage.journal.answer_for(task.task_id, "its call") == answer


async def test_the_same_answer_again_changes_nothing_and_another_is_refused(
    storage: Storage, clock: SetClock
) -> None:
    task = await ended(storage, asks())
    for _ in range(3):
        clock.move(1)
        task = await storage.lives.respond(task.task_id, YES)
        assert len(await events_of(storage, task.task_id)) == 3
        with pytest.raises(WrongState, match="was answered otherwise"):
            await storage.lives.respond(task.task_id, NO)
    await storage.lives.end(task.task_id, COMPLETED)
    assert (await storage.lives.respond(task.task_id, YES)).status is TaskStatus.COMPLETED


async def test_a_second_question_gets_an_answer_of_its_own(storage: Storage) -> None:
    task = await ended(storage, asks("first"))
    await storage.lives.respond(task.task_id, YES)
    await storage.lives.end(task.task_id, asks("second"))
    task = await storage.lives.respond(task.task_id, YES)
    assert task.answers == {"first": YES, "second": YES}
    assert (await types_of(storage, task.task_id)).count(EventType.RESPONDED) == 2


async def test_an_answer_repeats_the_one_to_the_same_question_alone(storage: Storage) -> None:
    task = await ended(storage, asks("first"))
    await storage.lives.respond(task.task_id, YES)
    asked = await storage.lives.end(task.task_id, asks("second"))
    assert await storage.lives.respond(task.task_id, YES, "first") == asked
    with pytest.raises(WrongState, match="was answered otherwise"):
        await storage.lives.respond(task.task_id, NO, "first")
    task = await storage.lives.respond(task.task_id, NO, "second")
    assert task.answers == {"first": YES, "second": NO}
    assert (await types_of(storage, task.task_id)).count(EventType.RESPONDED) == 2


async def test_an_answer_of_another_kind_is_refused_and_the_task_waits_on(
    storage: Storage,
) -> None:
    asked = await ended(storage, asks())
    for answer in (TextAnswer("yes"), JsonAnswer(True)):
        with pytest.raises(InvalidInput, match="takes whether an effect happened"):
            await storage.lives.respond(asked.task_id, answer)
    assert await storage.tasks.get(asked.task_id) == asked


@pytest.mark.parametrize("seconds", [0.0, 60.0])
async def test_a_retry_hands_a_failed_task_back_with_a_clean_sheet(
    storage: Storage, clock: SetClock, seconds: float
) -> None:
    claimed = await running(storage, timeout_seconds=5)
    await save(storage, claimed.task_id, state_after("router", "coder"))
    await storage.lives.recover(await storage.tasks.get(claimed.task_id), crashed=True)
    await storage.lives.end(claimed.task_id, FAILED)
    clock.move(9)
    at = clock.now_iso()
    task = await storage.lives.retry(claimed.task_id, seconds)
    assert task == await storage.tasks.get(task.task_id)
    assert (task.status, task.crashes, task.updated_at) == (TaskStatus.QUEUED, 0, at)
    assert (task.failure_reason, task.failure_message) == ("", "")
    assert task.progress.next_hop == 2
    clock.move(seconds)
    assert task.deadline_at == (clock.now_iso() if seconds else "")
    event = (await events_of(storage, task.task_id))[-1]
    assert (event.type, event.at, event.hop_index) == (EventType.RETRIED, at, 2)
    assert event.detail == {"failure_reason": "GONE"}


async def test_what_has_not_failed_cannot_be_retried(storage: Storage) -> None:
    tasks = [await running(storage), await ended(storage, COMPLETED), await ended(storage, asks())]
    for task in [*tasks, await queued(storage)]:
        with pytest.raises(WrongState, match=f"did not fail: it is {task.status.value}"):
            await storage.lives.retry(task.task_id)
        assert await storage.tasks.get(task.task_id) == task


async def test_what_asks_nothing_takes_no_answer(storage: Storage) -> None:
    tasks = [await running(storage), await ended(storage, COMPLETED), await ended(storage, FAILED)]
    for task in [*tasks, await queued(storage)]:
        with pytest.raises(WrongState, match=f"is {task.status.value}: it asks nothing"):
            await storage.lives.respond(task.task_id, YES)
        assert await storage.tasks.get(task.task_id) == task


@pytest.mark.parametrize("crashed", [True, False])
async def test_a_task_that_was_running_goes_back_to_the_queue(
    storage: Storage, clock: SetClock, crashed: bool
) -> None:
    claimed = await running(storage)
    await save(storage, claimed.task_id, state_after("router", "researcher", "coder"))
    clock.move(1)
    for number in (1, 2):
        await storage.lives.recover(await storage.tasks.get(claimed.task_id), crashed=crashed)
        task = await storage.tasks.get(claimed.task_id)
        assert (task.status, task.updated_at) == (TaskStatus.QUEUED, clock.now_iso())
        assert task.crashes == number * crashed
        event = (await events_of(storage, task.task_id))[-1]
        assert (event.type, event.hop_index) == (EventType.RECOVERED, 3)
        assert event.detail == {"crashed": crashed, "resumes_at_hop": 3}
        await storage.queue.claim_oldest()


async def test_a_completed_hop_ends_a_row_of_crashes(storage: Storage) -> None:
    claimed = await running(storage)
    await storage.lives.recover(claimed, crashed=True)
    assert (await storage.tasks.get(claimed.task_id)).crashes == 1
    await storage.queue.claim_oldest()
    await save(storage, claimed.task_id, state_after("router"))
    assert (await storage.tasks.get(claimed.task_id)).crashes == 0


@pytest.mark.parametrize("bring", [queued, running])
async def test_an_event_by_itself_changes_nothing_else(
    storage: Storage, bring: Callable[[Storage], Awaitable[TaskRecord]]
) -> None:
    task = await bring(storage)
    event = waiting(task.task_id)
    await storage.lives.record(event)
    assert await storage.tasks.get(task.task_id) == task
    kept = (await events_of(storage, task.task_id))[-1]
    assert kept == event.numbered(kept.position, 2)


@pytest.mark.parametrize("end", [*ENDS, asks()], ids=lambda end: end.status.value)
async def test_a_task_that_has_ended_takes_no_event(storage: Storage, end: TaskEnd) -> None:
    task = await ended(storage, end)
    with pytest.raises(WrongState, match="has ended"):
        await storage.lives.record(waiting(task.task_id))
    assert len(await events_of(storage, task.task_id)) == 2


async def test_a_task_that_there_is_not_has_no_life(storage: Storage) -> None:
    task = replace(await queued(storage), task_id="nobody")
    for attempt in (
        storage.lives.recover(task, crashed=True),
        storage.lives.end("nobody", COMPLETED),
        storage.lives.respond("nobody", YES),
        storage.lives.retry("nobody"),
        storage.lives.record(waiting("nobody")),
    ):
        with pytest.raises(NotFound, match="there is no task nobody"):
            await attempt
    assert await storage.events.read("nobody", 1) == []


async def test_what_cannot_be_written_changes_nothing(storage: Storage) -> None:
    task = await running(storage)
    with pytest.raises(ValueError, match="JSON"):
        await storage.lives.record(replace(waiting(task.task_id), detail={"share": float("nan")}))
    assert len(await events_of(storage, task.task_id)) == 1
