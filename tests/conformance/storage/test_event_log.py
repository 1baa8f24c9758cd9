"""`EventLog`: gapless in each task, in the order of commits over all, and live to who watches."""

from __future__ import annotations

import asyncio

import pytest

from agent_service.storage.live_events import ALL_TASKS, LiveEvents
from agent_service.storage.ports import BATCH, Storage
from agent_service.storage.records import EventType, NewEvent, TaskEvent
from core.errors import LimitExceeded, WrongState

from .moves import COMPLETED, ended, events_of, queued, request, running, save, state_after

AT = "2026-01-01T00:00:00.000000+00:00"


async def record(storage: Storage, task_id: str, times: int = 1) -> None:
    """Record events that change nothing, all at once."""
    noted = (NewEvent(task_id, EventType.WAITING, AT, hop_index=each) for each in range(times))
    await asyncio.gather(*(storage.lives.record(each) for each in noted))


async def everything(storage: Storage) -> list[TaskEvent]:
    """Return the events of all tasks, and hold them to: positions grow."""
    events = await storage.events.read_all(0)
    positions = [event.position for event in events]
    assert positions == sorted(set(positions))
    return events


async def test_where_nothing_happened_there_is_nothing(storage: Storage) -> None:
    log = storage.events
    assert (await log.read("nobody", 1), await log.read_all(0)) == ([], [])
    assert (await log.last_sequence("nobody"), await log.last_position()) == (0, 0)


async def test_the_log_is_read_from_any_number_on(storage: Storage) -> None:
    tasks = [await running(storage) for _ in range(2)]
    for task in (*tasks, *tasks):
        await record(storage, task.task_id, 2)
    all_events = await everything(storage)
    assert len(all_events) == 10
    for task in tasks:
        events = await events_of(storage, task.task_id)
        assert events == [event for event in all_events if event.task_id == task.task_id]
        assert await storage.events.last_sequence(task.task_id) == 5
        for start in range(-1, 8):
            found = await storage.events.read(task.task_id, start)
            assert found == [event for event in events if event.sequence >= start]
    last = all_events[-1].position
    assert await storage.events.last_position() == last
    for start in range(-1, last + 3):
        found = await storage.events.read_all(start)
        assert found == [event for event in all_events if event.position >= start]


async def test_one_read_is_bounded(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    await record(storage, task_id, BATCH + 4)
    first, second = await storage.events.read(task_id, 1), await storage.events.read_all(1)
    assert (len(first), first) == (BATCH, second)
    rest = await storage.events.read(task_id, BATCH + 1)
    assert [event.sequence for event in rest] == list(range(BATCH + 1, BATCH + 6))
    assert await storage.events.read_all(first[-1].position + 1) == rest


async def test_what_is_kept_is_what_was_written(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    detail = {"größe": [1, 2.5, None, True], "words": '日本 " \\ \u0000', "inner": {"a": {}}}
    event = NewEvent(task_id, EventType.WAITING, AT, 7, "coder", 3, 1, detail)
    await storage.lives.record(event)
    assert (await events_of(storage, task_id))[-1] == event.numbered(2, 2)


@pytest.mark.parametrize("everybody", [False, True])
async def test_who_watches_gets_what_is_in_the_log(storage: Storage, everybody: bool) -> None:
    watched, other = await queued(storage), await queued(storage)
    start = 2 if not everybody else await storage.events.last_position() + 1
    with storage.events.watch(ALL_TASKS if everybody else watched.task_id) as live:
        assert live.take(start) == []
        claimed = await storage.queue.claim_oldest()
        assert claimed is not None
        await storage.journal.start_hop(watched.task_id, 0, "router", 2, "")
        await save(storage, watched.task_id, state_after("router"))
        await storage.lives.end(other.task_id, COMPLETED)
        await storage.lives.end(watched.task_id, COMPLETED)
        seen = live.take(start)
    assert seen == (
        await storage.events.read_all(start)
        if everybody
        else await storage.events.read(watched.task_id, start)
    )
    assert len(seen) == 4 + everybody


async def test_what_was_refused_is_not_seen(storage: Storage) -> None:
    task = await ended(storage)
    for _ in range(5):
        last = await queued(storage)
    start = await storage.events.last_position() + 1
    with storage.events.watch(ALL_TASKS) as live:
        with pytest.raises(WrongState):
            await storage.lives.end(task.task_id, COMPLETED)
        with pytest.raises(WrongState):
            await record(storage, task.task_id)
        with pytest.raises(WrongState):
            await storage.journal.start_hop(last.task_id, 0, "router", 2, "")
        with pytest.raises(LimitExceeded):
            await storage.queue.submit(request())
        assert live.take(start) == []
    assert await storage.events.last_position() == start - 1


async def test_a_watcher_that_fell_behind_is_sent_to_the_log(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    with storage.events.watch(task_id) as live:
        await record(storage, task_id, BATCH)
        assert live.take(2) is None
        await record(storage, task_id)
        assert live.take(BATCH + 2) == await storage.events.read(task_id, BATCH + 2)


async def test_an_event_wakes_those_who_watch_and_so_does_the_stop(storage: Storage) -> None:
    task = await running(storage)
    with storage.events.watch(task.task_id) as one, storage.events.watch(ALL_TASKS) as all_of:

        async def both(*watchers: LiveEvents) -> None:
            async with asyncio.timeout(10):
                for each in watchers:
                    await each.wait()

        woken = asyncio.create_task(both(one, all_of))
        await asyncio.sleep(0)
        assert not woken.done()
        await record(storage, task.task_id)
        await woken
        one.take(1), all_of.take(1)
        woken = asyncio.create_task(both(one, all_of))
        await asyncio.sleep(0)
        assert not woken.done()
        storage.events.wake_all()
        await woken


async def test_sequences_have_no_gap_when_many_write_at_once(storage: Storage) -> None:
    tasks = [await running(storage) for _ in range(5)]
    await asyncio.gather(*(record(storage, task.task_id, 20) for task in tasks))
    for task in tasks:
        assert len(await events_of(storage, task.task_id)) == 21
    assert len(await everything(storage)) == 105
