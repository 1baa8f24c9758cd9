"""A hop keeps the skill that it began with, whatever model is loaded when it goes on."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from agent_service.storage.records import EventType, Submission, TaskStatus
from core.errors import WrongState

from .conftest import Agent, StartAgent, World

KNOWN_TO_BOTH = "double a number"


async def held_in_hop(agent: Agent, world: World, call: str) -> str:
    """Submit a task and return its id once it hangs in a call."""

    def before_call(call_id: str) -> None:
        if call_id.endswith(call):
            world.calls.hold()

    world.calls.before = before_call
    task = await agent.storage.queue.submit(Submission(KNOWN_TO_BOTH, str(uuid.uuid4())))
    agent.runner.notify()
    async with asyncio.timeout(10):
        while not world.calls.held:
            await asyncio.sleep(0.01)
    return task.task_id


async def starts(agent: Agent, task_id: str) -> list[tuple[int, str, int, str]]:
    """Return hop, role, attempt and skill of each start."""
    events = await agent.storage.events.read(task_id, 1)
    return [
        (each.hop_index, each.role, each.attempt, each.detail.get("skill", ""))
        for each in events
        if each.type is EventType.HOP_STARTED
    ]


FIRST_CALL = {"bundled": ":2:generate", "instruct": ":2:draft-0"}


@pytest.mark.parametrize(("first", "second"), [("bundled", "instruct"), ("instruct", "bundled")])
async def test_a_resumed_hop_goes_on_with_its_skill_and_the_next_takes_what_fits(
    start_agent: StartAgent, first: str, second: str
) -> None:
    styles = {"bundled": "extractive", "instruct": ""}
    world = World(answer_style=styles[first])
    async with start_agent(world) as agent:
        task_id = await held_in_hop(agent, world, FIRST_CALL[first])
    other = World(answer_style=styles[second])
    async with start_agent(other) as agent:
        assert (await agent.ended(task_id)).status is TaskStatus.COMPLETED
        assert await starts(agent, task_id) == [
            (0, "router", 1, ""),
            (1, "researcher", 1, ""),
            (2, "coder", 1, first),
            (2, "coder", 2, first),
            (3, "reviewer", 1, second),
        ]
    # The bundled skill looks for known requests before it asks; the other one does not.
    assert (f"{task_id}:2:reword" in other.model.reworded) is (first == "bundled")
    assert (f"{task_id}:3:opinion" in other.calls.ids) is (second == "instruct")


async def test_a_skill_that_is_gone_fails_the_task_and_says_so(start_agent: StartAgent) -> None:
    world = World()
    async with start_agent(world) as agent:
        task_id = await held_in_hop(agent, world, ":1:retrieve")
        await agent.storage.journal.start_hop(task_id, 2, "coder", 2, "of another version")
    async with start_agent(World()) as agent:
        task = await agent.ended(task_id)
    assert task.status is TaskStatus.FAILED
    assert task.failure_reason == WrongState.reason
    assert "'of another version'" in task.failure_message
