"""`TaskPruner`: ended tasks that are old enough go as wholes; everything else stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from agent_service.storage.ports import MOST_PRUNED, Storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import (
    ForkOrigin,
    Pruned,
    Retention,
    TaskEnd,
    TaskFilter,
    TaskRecord,
    TaskStatus,
)
from core.errors import NotFound

from .implementations import Open, SetClock
from .moves import (
    CANCELLED,
    COMPLETED,
    FAILED,
    asks,
    ended,
    events_of,
    queued,
    request,
    running,
    save,
    saved_hops,
    state_after,
)

ANY_AGE = Retention(timedelta(0))
MONTH = Retention(timedelta(days=30))


def nobody(task_id: str) -> bool:
    return False


async def prune(storage: Storage, retention: Retention = ANY_AGE) -> Pruned:
    """Prune, and hold the count before to it."""
    counted = await storage.pruner.count(retention)
    pruned = await storage.pruner.prune(retention, nobody)
    assert (counted.tasks, counted.events, counted.checkpoints) == (
        pruned.tasks,
        pruned.events,
        pruned.checkpoints,
    )
    assert not pruned.more
    return pruned


async def whole_task(storage: Storage) -> str:
    """Return a task that ended with a hop, a decision and two checkpoints."""
    task_id = (await running(storage)).task_id
    await storage.journal.start_hop(task_id, 0, "router", 2, "")
    await storage.journal.decide(task_id, "a call", "a value")
    await save(storage, task_id, {"text": "hello"})
    await save(storage, task_id, state_after("router"))
    await storage.lives.end(task_id, COMPLETED)
    return task_id


async def test_a_task_goes_with_everything_that_is_its_own(
    storage: Storage, clock: SetClock
) -> None:
    gone = await whole_task(storage)
    clock.move(timedelta(days=30).total_seconds())
    kept = await whole_task(storage)
    rest = await events_of(storage, kept)
    assert await prune(storage, MONTH) == Pruned(1, 5, 2, [gone])
    with pytest.raises(NotFound):
        await storage.tasks.get(gone)
    assert await storage.events.read(gone, 1) == []
    assert await storage.events.last_sequence(gone) == 0
    assert await storage.journal.decision(gone, "a call") is None
    assert await saved_hops(storage, gone) == -1
    assert (await storage.tasks.get(kept)).status is TaskStatus.COMPLETED
    assert await storage.events.read_all(0) == await events_of(storage, kept) == rest
    assert (await storage.journal.decision(kept, "a call")) is not None
    assert await saved_hops(storage, kept) == 1
    assert await prune(storage, MONTH) == Pruned(task_ids=[])


async def test_age_counts_from_the_last_change(storage: Storage, clock: SetClock) -> None:
    task = await ended(storage, asks())
    clock.move(40 * 86400)
    await storage.lives.end(task.task_id, CANCELLED)
    clock.move(30 * 86400 - 1)
    assert (await prune(storage, MONTH)).tasks == 0
    clock.move(1)
    assert (await prune(storage, MONTH)).task_ids == [task.task_id]


async def test_what_has_not_ended_or_waits_for_an_answer_stays(storage: Storage) -> None:
    runs, waits = await running(storage), await queued(storage)
    asking, failed = await ended(storage, asks()), await ended(storage, FAILED)
    cancelled, completed = await ended(storage, CANCELLED), await ended(storage, COMPLETED)
    only_failed = Retention(timedelta(0), [TaskStatus.FAILED])
    assert (await prune(storage, only_failed)).task_ids == [failed.task_id]
    assert (await prune(storage)).task_ids == [cancelled.task_id, completed.task_id]
    only_asking = Retention(timedelta(0), [TaskStatus.INPUT_REQUIRED])
    assert (await prune(storage, only_asking)).task_ids == [asking.task_id]
    assert await storage.tasks.unfinished() == [runs, waits]


async def test_what_is_spared_stays(storage: Storage) -> None:
    tasks = [await ended(storage) for _ in range(3)]
    spared = tasks[1].task_id
    pruned = await storage.pruner.prune(ANY_AGE, lambda task_id: task_id == spared)
    assert pruned.task_ids == [tasks[0].task_id, tasks[2].task_id]
    assert (await prune(storage)).task_ids == [spared]


async def test_the_origin_of_a_fork_stays_until_the_fork_has_begun(storage: Storage) -> None:
    origin = await ended(storage)
    taken = ForkOrigin(origin.task_id, "a checkpoint", {}, "code", Progress(), 2)
    fork = await running(storage, fork=taken)
    assert (await prune(storage)).tasks == 0
    await storage.lives.end(fork.task_id, CANCELLED)
    assert (await prune(storage)).task_ids == [fork.task_id]
    fork = await running(storage, fork=taken)
    assert (await prune(storage)).tasks == 0
    await save(storage, fork.task_id, {"text": "hello"})
    assert (await prune(storage)).task_ids == [origin.task_id]


async def test_numbers_are_not_given_twice(storage: Storage) -> None:
    kept = await running(storage)
    first = await ended(storage)
    last = (await events_of(storage, first.task_id))[-1].position
    await prune(storage)
    assert await storage.events.last_position() < last
    second = await ended(storage)
    await storage.lives.end(kept.task_id, COMPLETED)
    new = [*await events_of(storage, second.task_id), (await events_of(storage, kept.task_id))[-1]]
    assert last < new[0].position < new[1].position < new[2].position
    await prune(storage)
    assert (await storage.events.read_all(0), await storage.events.last_position()) == ([], 0)


async def test_a_correlation_id_is_free_once_its_task_is_gone(storage: Storage) -> None:
    asked = request()
    first = await storage.queue.submit(asked)
    await storage.lives.end(first.task_id, COMPLETED)
    await prune(storage)
    second = await storage.queue.submit(asked)
    assert (second.task_id != first.task_id, second.status) == (True, TaskStatus.QUEUED)


async def test_a_call_is_bounded_and_lets_others_write(open_storage: Open) -> None:
    ends: list[TaskEnd] = [COMPLETED, FAILED]
    async with open_storage(queue_limit=2000, max_review_cycles=2) as storage:

        async def one(number: int) -> TaskRecord:
            return await ended(storage, ends[number % 2])

        await asyncio.gather(*(one(number) for number in range(MOST_PRUNED + 20)))
        tasks = await storage.tasks.page(TaskFilter(), 1000)
        oldest = [task.task_id for task in tasks[::-1]]
        pruning = asyncio.create_task(storage.pruner.prune(ANY_AGE, nobody))
        await asyncio.sleep(0)
        assert not pruning.done()
        await queued(storage)
        first = await pruning
        assert (first.tasks, first.events, first.more) == (MOST_PRUNED, 2 * MOST_PRUNED, True)
        assert first.task_ids == oldest[:MOST_PRUNED]
        second = await storage.pruner.prune(ANY_AGE, nobody)
        assert (second.task_ids, second.more) == (oldest[MOST_PRUNED:], False)
        assert len(await storage.events.read_all(0)) == 1
