"""`TaskQueue`: what comes in is kept once, with its first event, and goes out oldest first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent_service.storage.ports import Storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import EventType, ForkOrigin, Submission, TaskStatus
from core.errors import IdentifierReused, LimitExceeded

from .implementations import Open, SetClock
from .moves import ENDS, ended, events_of, queued, request, running

FORK = ForkOrigin(
    task_id="the origin",
    checkpoint_id="a checkpoint",
    edits={"text": "größer", "remaining_loops": 1},
    workflow="code",
    progress=Progress(hops=[{"index": 0, "role": "router", "attempt": 1}], code="pass"),
    remaining_loops=1,
)


async def test_a_submission_is_a_task_that_waits_with_its_first_event(
    storage: Storage, clock: SetClock
) -> None:
    asked = request(
        "what?", context_id="talk", workflow="answer", trace_parent="00-1", collection="notes",
        timeout_seconds=90.0,
    )  # fmt: skip
    task = await storage.queue.submit(asked)
    assert task == await storage.tasks.get(task.task_id)
    assert (task.status, task.text, task.context_id) == (TaskStatus.QUEUED, "what?", "talk")
    assert (task.requested_workflow, task.workflow) == ("answer", "")
    assert (task.correlation_id, task.trace_parent) == (asked.correlation_id, "00-1")
    assert (task.collection, task.remaining_loops, task.crashes) == ("notes", 2, 0)
    assert task.created_at == task.updated_at == clock.now_iso()
    assert (task.progress.next_hop, task.progress.approved) == (0, None)
    clock.move(90)
    assert task.deadline_at == clock.now_iso()
    [event] = await events_of(storage, task.task_id)
    assert (event.type, event.at, event.detail) == (EventType.ACCEPTED, task.created_at, {})
    assert event.remaining_loops == 2


async def test_a_fork_has_what_it_takes_over(storage: Storage) -> None:
    task = await queued(storage, fork=FORK)
    assert task == await storage.tasks.get(task.task_id)
    assert (task.forked_from_task_id, task.forked_from_checkpoint_id) == (
        "the origin",
        "a checkpoint",
    )
    assert (task.fork_edits, task.workflow, task.remaining_loops) == (FORK.edits, "code", 1)
    assert (task.progress.next_hop, task.progress.code) == (1, "pass")
    [event] = await events_of(storage, task.task_id)
    origin = {"task_id": "the origin", "checkpoint_id": "a checkpoint", "inherited_hops": 1}
    assert event.detail == {"forked_from": origin, "edited": ["remaining_loops", "text"]}


async def test_the_same_submission_is_the_same_task(storage: Storage) -> None:
    asked = request(fork=FORK, collection="notes", timeout_seconds=5)
    first = await storage.queue.submit(asked)
    assert await storage.queue.submit(replace(asked, trace_parent="another")) == first
    await storage.queue.claim_oldest()
    assert (await storage.queue.submit(asked)).status is TaskStatus.RUNNING
    assert len(await events_of(storage, first.task_id)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"text": "another"},
        {"context_id": "another"},
        {"workflow": "direct"},
        {"timeout_seconds": 7.0},
        {"collection": "another"},
        {"fork": None},
        {"fork": replace(FORK, checkpoint_id="another")},
        {"fork": replace(FORK, edits={"text": "another"})},
    ],
    ids=str,
)
async def test_another_request_under_the_same_correlation_id_is_refused(
    storage: Storage, other: dict[str, Any]
) -> None:
    asked = request(fork=FORK)
    task = await storage.queue.submit(asked)
    with pytest.raises(IdentifierReused, match=task.task_id):
        await storage.queue.submit(replace(asked, **other))
    assert await storage.tasks.unfinished() == [task]


async def test_a_full_queue_takes_nothing_new(storage: Storage) -> None:
    first = await running(storage)
    known = request()
    await storage.queue.submit(known)
    for _ in range(3):
        last = await queued(storage)
    with pytest.raises(LimitExceeded, match="5 tasks have not ended"):
        await queued(storage)
    assert (await storage.queue.submit(known)).correlation_id == known.correlation_id
    assert (
        await storage.events.last_position() == (await events_of(storage, last.task_id))[0].position
    )
    await storage.lives.end(first.task_id, ENDS[0])
    await queued(storage)


async def test_submissions_at_once_do_not_overfill_the_queue(storage: Storage) -> None:
    answers = await asyncio.gather(*(queued(storage) for _ in range(8)), return_exceptions=True)
    assert [type(each) for each in answers if isinstance(each, Exception)] == [LimitExceeded] * 3
    assert len(await storage.tasks.unfinished()) == 5


async def test_the_oldest_goes_out_first_and_runs(storage: Storage, clock: SetClock) -> None:
    first, second = await queued(storage), await queued(storage)
    clock.move(1)
    claimed = await storage.queue.claim_oldest()
    assert claimed == replace(first, status=TaskStatus.RUNNING, updated_at=clock.now_iso())
    assert await storage.tasks.get(first.task_id) == claimed
    assert await storage.tasks.get(second.task_id) == second
    again = await storage.queue.claim_oldest()
    assert again is not None and again.task_id == second.task_id
    assert await storage.queue.claim_oldest() is None
    assert len(await events_of(storage, first.task_id)) == 1


async def test_ids_say_which_task_is_the_oldest(open_storage: Open) -> None:
    ids = iter(["b", "a", "c"])
    async with open_storage(
        queue_limit=5, max_review_cycles=2, new_task_id=lambda: next(ids)
    ) as storage:
        for _ in range(3):
            await queued(storage)
        claimed = [await storage.queue.claim_oldest() for _ in range(3)]
    assert [task and task.task_id for task in claimed] == ["a", "b", "c"]


async def test_claims_at_once_take_a_task_each(storage: Storage) -> None:
    tasks = [await queued(storage) for _ in range(4)]
    claimed = await asyncio.gather(*(storage.queue.claim_oldest() for _ in range(5)))
    taken = [each.task_id for each in claimed if each is not None]
    assert sorted(taken) == sorted(each.task_id for each in tasks)


async def test_overdue_are_those_that_wait_past_their_deadline(
    storage: Storage, clock: SetClock
) -> None:
    await running(storage, timeout_seconds=1)
    await ended(storage, timeout_seconds=1)
    await queued(storage)
    late = await queued(storage, timeout_seconds=1)
    await queued(storage, timeout_seconds=9)
    clock.move(1)
    assert await storage.queue.overdue() == []
    clock.move(0.000001)
    assert await storage.queue.overdue() == [late.task_id]


async def test_a_stop_ends_the_waiting_and_not_the_writing(storage: Storage) -> None:
    storage.queue.stop_waiting()
    task = await running(storage)
    assert (await storage.lives.end(task.task_id, ENDS[0])).status is TaskStatus.COMPLETED


async def test_words_of_any_script_are_kept_as_they_are(storage: Storage) -> None:
    text = "größer\n日本語 \U0001f4a5 \u0000 '\"; DROP TABLE tasks"
    asked = Submission(text, "not a uuid", context_id=text, collection=text)
    task = await storage.queue.submit(asked)
    assert (task.text, task.context_id, task.collection) == (text, text, text)
    assert await storage.tasks.get(task.task_id) == task
