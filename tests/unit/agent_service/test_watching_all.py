"""The events of all tasks: in the order of their commits, from any position, over crashes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from agent_service.storage.records import EventType, Submission, TaskEvent
from core.errors import InvalidInput

from .conftest import Agent, StartAgent, World


async def submit(agent: Agent) -> str:
    return (await agent.desk.submit(Submission("hello", str(uuid.uuid4())))).task_id


async def take(events: AsyncIterator[TaskEvent], ends: int) -> list[TaskEvent]:
    """Read until so many tasks have ended."""
    found: list[TaskEvent] = []
    async with asyncio.timeout(20):
        async for event in events:
            found.append(event)
            ends -= event.type.ends
            if not ends:
                break
    return found


def check(events: list[TaskEvent], task_ids: list[str]) -> None:
    """Hold events to: positions grow, and each task's sequences have no gap."""
    positions = [event.position for event in events]
    assert positions == sorted(set(positions))
    for task_id in task_ids:
        sequences = [event.sequence for event in events if event.task_id == task_id]
        assert sequences == list(range(1, len(sequences) + 1))
    assert {event.task_id for event in events} == set(task_ids)


async def test_live_and_from_the_log_it_is_the_same(start_in_memory: StartAgent) -> None:
    async with start_in_memory(World(workflow="direct")) as agent:
        live = asyncio.create_task(take(agent.desk.watch_all(0), 5))
        task_ids = [await submit(agent) for _ in range(5)]
        seen = await live
        check(seen, task_ids)
        assert await take(agent.desk.watch_all(1), 5) == seen
        middle = seen[len(seen) // 2].position
        ends = sum(event.type.ends for event in seen if event.position >= middle)
        assert await take(agent.desk.watch_all(middle), ends) == seen[len(seen) // 2 :]


async def test_positions_go_on_after_a_crash_and_after_pruning(start_agent: StartAgent) -> None:
    async with start_agent(World("direct")) as agent:
        first = await submit(agent)
        before = await take(agent.desk.watch_all(0), 1)
    async with start_agent(World("direct")) as agent:
        await agent.database.write(lambda c: c.execute("DELETE FROM events"))
        second = await submit(agent)
        after = await take(agent.desk.watch_all(0), 1)
    assert {event.task_id for event in before} == {first}
    check(after, [second])
    assert after[0].position > before[-1].position


async def test_a_slow_watcher_is_served_from_the_log(start_in_memory: StartAgent) -> None:
    async with start_in_memory(World(workflow="direct")) as agent:
        events = agent.desk.watch_all(0)
        first = asyncio.ensure_future(anext(events))
        task_ids = []
        for _ in range(60):  # more events than a watcher's buffer holds
            task_ids.append(await submit(agent))
            await agent.ended(task_ids[-1])
        check([await first, *await take(events, 60)], task_ids)


@pytest.mark.parametrize("ahead", [2, 3, 2**40])
async def test_a_position_past_the_end_is_refused(start_in_memory: StartAgent, ahead: int) -> None:
    async with start_in_memory(World(workflow="direct")) as agent:
        await agent.ended(await submit(agent))
        last = await agent.storage.events.last_position()
        with pytest.raises(InvalidInput, match="past the end"):
            await anext(agent.desk.watch_all(last + ahead))
        await submit(agent)
        assert (await anext(agent.desk.watch_all(last + 1))).type is EventType.ACCEPTED
