"""A task searches the collection that it was submitted with, over crashes and in forks."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from agent_service.desk.forking import Forks
from agent_service.desk.history import History
from agent_service.storage.records import Submission, TaskStatus
from agent_service.storage.sqlite.schema import SCHEMA
from core.errors import IdentifierReused
from core.ports import CallContext, Passage
from shared.sqlite import open_database

from .conftest import StartAgent, World


class Library(World):
    """Notes which collections were searched."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: list[str] = []

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        self.searched.append(collection)
        return await super().query(text, limit, context, collection)


@pytest.mark.parametrize("collection", ["", "default", "project-2"])
async def test_a_task_searches_its_collection_after_a_restart_too(
    start_agent: StartAgent, collection: str
) -> None:
    world = Library()
    asked = Submission("double a number", str(uuid.uuid4()), route="code", collection=collection)
    async with start_agent(world) as agent:
        task = await agent.tasks.submit(asked)
        assert task.collection == collection
    async with start_agent(world) as agent:
        assert (await agent.ended(task.task_id)).collection == collection
        assert world.searched == [collection]
        assert (await agent.tasks.submit(asked)).task_id == task.task_id
        other = Submission(asked.text, asked.correlation_id, route="code", collection="other")
        with pytest.raises(IdentifierReused):
            await agent.tasks.submit(other)


@pytest.mark.parametrize("edit", [None, "other"])
async def test_a_fork_searches_the_collection_of_its_state(
    start_agent: StartAgent, edit: str | None
) -> None:
    world = Library()
    async with start_agent(world) as agent:
        task = await agent.tasks.submit(
            Submission("double a number", str(uuid.uuid4()), route="code", collection="one")
        )
        agent.runner.notify()
        await agent.ended(task.task_id)
        history = History(agent.tasks, agent.workflow)
        first = (await history.page(task.task_id, 100))[-1]
        submission = await Forks(agent.tasks, agent.workflow, history, 2).submission(
            task.task_id,
            first.checkpoint_id,
            {} if edit is None else {"collection": edit},
            correlation_id=str(uuid.uuid4()),
            trace_parent="",
        )
        fork = await agent.tasks.submit(submission)
        agent.runner.notify()
        ended = await agent.ended(fork.task_id)
        assert ended.status is TaskStatus.COMPLETED
        assert ended.collection == world.searched[-1] == (edit or "one")


async def test_a_database_of_version_2_is_brought_forward(tmp_path: Path) -> None:
    path = tmp_path / "mesh.db"
    async with open_database(path, SCHEMA):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE tasks DROP COLUMN collection; PRAGMA user_version = 2;"
        )
    async with open_database(path, SCHEMA) as database:
        rows = await database.read("SELECT name FROM pragma_table_info('tasks')")
        assert "collection" in [row["name"] for row in rows]
