"""Decisions: the first under a call id stays, over crashes; they go with their task."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_service.storage.records import Submission
from core.errors import NotFound, WrongState
from core.ports import Decision, HopJournal

from .conftest import Agent, StartAgent, World

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def journal_of(agent: Agent) -> HopJournal:
    return agent.storage.journal


async def running_task(agent: Agent) -> str:
    """Submit a task whose first hop is held; return its id once it runs."""
    task = await agent.storage.queue.submit(Submission("hello", str(uuid.uuid4())))
    agent.runner.notify()
    async with asyncio.timeout(10):
        while not agent.runner.is_running(task.task_id):
            await asyncio.sleep(0.01)
    return task.task_id


def held() -> World:
    return World("direct", held=True)


@settings(  # one example of many lists: each example would leave a task behind
    max_examples=1, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(lists=st.lists(st.lists(VALUES, min_size=2, max_size=5), min_size=20, max_size=40))
async def test_the_first_value_stays_whatever_comes_after(
    start_agent: StartAgent, lists: list[list[Any]]
) -> None:
    async with start_agent(held()) as agent:
        journal, task_id = journal_of(agent), await running_task(agent)
        for number, values in enumerate(lists):
            call_id = f"call-{number}"
            assert await journal.decision(task_id, call_id) is None
            decisions = (journal.decide(task_id, call_id, each) for each in values)
            assert await asyncio.gather(*decisions) == [values[0]] * len(values)
            assert await journal.decision(task_id, call_id) == Decision(values[0])


@pytest.mark.parametrize("value", [None, "", [], {"tool": "a", "arguments": {"x": "\ud800"}}])
async def test_a_decision_outlives_a_crash(start_agent: StartAgent, value: Any) -> None:
    async with start_agent(held()) as agent:
        task_id = await running_task(agent)
        await journal_of(agent).decide(task_id, "call", value)
    async with start_agent(held()) as agent:
        assert await journal_of(agent).decision(task_id, "call") == Decision(value)
        async with asyncio.timeout(10):
            while not agent.runner.is_running(task_id):
                await asyncio.sleep(0.01)
        assert await journal_of(agent).decide(task_id, "call", "another") == value


async def test_a_task_that_does_not_run_decides_nothing(start_agent: StartAgent) -> None:
    async with start_agent(World("direct")) as agent:
        task = await agent.storage.queue.submit(Submission("hello", str(uuid.uuid4())))
        agent.runner.notify()
        await agent.ended(task.task_id)
        with pytest.raises(WrongState):
            await journal_of(agent).decide(task.task_id, "call", 1)
        with pytest.raises(NotFound):
            await journal_of(agent).decide("nobody", "call", 1)
        assert await journal_of(agent).decision(task.task_id, "call") is None
