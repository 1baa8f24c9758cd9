"""A task searches the collection that it was submitted with, over crashes and in forks."""

from __future__ import annotations

import uuid

import pytest

from agent_service.storage.records import Submission, TaskStatus
from core.errors import IdentifierReused

from .conftest import StartAgent, World


@pytest.mark.parametrize("collection", ["", "default", "project-2"])
async def test_a_task_searches_its_collection_after_a_restart_too(
    start_agent: StartAgent, collection: str
) -> None:
    world = World()
    asked = Submission("double a number", str(uuid.uuid4()), workflow="code", collection=collection)
    async with start_agent(world) as agent:
        task = await agent.storage.queue.submit(asked)
        assert task.collection == collection
    async with start_agent(world) as agent:
        assert (await agent.ended(task.task_id)).collection == collection
        assert world.knowledge.searched == [collection]
        assert (await agent.storage.queue.submit(asked)).task_id == task.task_id
        other = Submission(asked.text, asked.correlation_id, workflow="code", collection="other")
        with pytest.raises(IdentifierReused):
            await agent.storage.queue.submit(other)


@pytest.mark.parametrize("edit", [None, "other"])
async def test_a_fork_searches_the_collection_of_its_state(
    start_agent: StartAgent, edit: str | None
) -> None:
    world = World()
    async with start_agent(world) as agent:
        task = await agent.storage.queue.submit(
            Submission("double a number", str(uuid.uuid4()), workflow="code", collection="one")
        )
        agent.runner.notify()
        await agent.ended(task.task_id)
        first = (await agent.desk.history.page(task.task_id, 100))[-1]
        fork = await agent.desk.fork(
            task.task_id,
            first.checkpoint_id,
            {} if edit is None else {"collection": edit},
            correlation_id=str(uuid.uuid4()),
            trace_parent="",
        )
        ended = await agent.ended(fork.task_id)
        assert ended.status is TaskStatus.COMPLETED
        assert ended.collection == world.knowledge.searched[-1] == (edit or "one")
