"""Decisions outlive a crash: the first under a call id stays."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from agent_service.storage.records import Submission
from core.ports import Decision, HopJournal

from .conftest import Agent, StartAgent, World


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
