"""A crash right before or after any of a task's checkpoint writes: nothing is skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_service.storage.records import TaskStatus
from agent_service.storage.sqlite.ownership import OwnershipLost

from .conftest import Agent, StartAgent, World, roles, submit

Write = Callable[..., Awaitable[Any]]


@dataclass
class Cut:
    """Lets the first ``allowed`` writes of a kind pass; from the next one on none counts any more.

    To the task that is the end of its agent: it is left as it stands.
    """

    allowed: int
    after: bool
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def around(self, write: Write) -> Write:
        """Return ``write`` with the cut in it."""

        async def cut(*args: Any, **kwargs: Any) -> Any:
            self.allowed -= 1
            if self.allowed >= 0:
                return await write(*args, **kwargs)
            if self.after:
                await write(*args, **kwargs)
            self.reached.set()
            raise OwnershipLost("the agent is dead")

        return cut


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("allowed", range(5))
@pytest.mark.parametrize("kind", ["aput", "aput_writes"])
async def test_a_task_cut_at_a_write_ends_whole(
    start_agent: StartAgent, kind: str, allowed: int, after: bool
) -> None:
    cut, world = Cut(allowed, after), World()
    async with start_agent(world) as agent:
        checkpointer = agent.workflow.checkpointer
        setattr(checkpointer, kind, cut.around(getattr(checkpointer, kind)))
        task_id = await submit(agent)
        async with asyncio.timeout(10):
            await cut.reached.wait()
    async with start_agent(world) as agent:
        await check_end(agent, task_id)


async def check_end(agent: Agent, task_id: str) -> None:
    """The task has every hop once and its result."""
    task = await agent.ended(task_id)
    assert task.status is TaskStatus.COMPLETED
    hops = [role for role, _ in roles(task.progress)]
    assert hops == ["router", "researcher", "coder", "reviewer"]
    assert task.progress.approved is True
    events = await agent.storage.events.read(task_id, 1)
    completed = [event.hop_index for event in events if event.type == "hop_completed"]
    assert completed == [0, 1, 2, 3]
