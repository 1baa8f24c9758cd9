"""Old tasks go as wholes, by small transactions; everything else stays."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from agent_service.storage.records import (
    EventType,
    Pruned,
    Retention,
    Submission,
    TaskEnd,
    TaskStatus,
)
from cli.keeping.contradictions import contradictions
from core.errors import NotFound
from shared.checkpointing.deleting import delete_thread

from .conftest import Agent, StartAgent, World

TABLES = ("events", "decisions", "checkpoints", "channel_values", "pending_writes")
ANY_AGE = Retention(timedelta(0))


async def prune(agent: Agent, retention: Retention) -> Pruned:
    return await agent.desk.prune(retention, dry_run=False)


async def run_task(agent: Agent) -> str:
    task = await agent.storage.queue.submit(Submission("double a number", str(uuid.uuid4())))
    agent.runner.notify()
    await agent.ended(task.task_id)
    return await left_alone(agent, task.task_id)


async def left_alone(agent: Agent, task_id: str) -> str:
    """Wait until the runner has nothing to do with a task any more."""
    while agent.runner.is_running(task_id):
        await asyncio.sleep(0.01)
    return task_id


async def ended_task(agent: Agent, status: TaskStatus = TaskStatus.COMPLETED) -> str:
    """A task that somebody ended, whether the runner had it or not."""
    task = await agent.storage.queue.submit(Submission("hello", str(uuid.uuid4())))
    await agent.storage.lives.end(task.task_id, TaskEnd(status, EventType(status.value)))
    running = agent.runner._running.get(task.task_id)
    if running is not None:
        running.work.cancel()
    return await left_alone(agent, task.task_id)


async def many_ended(agent: Agent, number: int) -> None:
    def insert(connection: sqlite3.Connection) -> None:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO tasks (task_id, correlation_id, request_digest, context_id, text,"
            " requested_workflow, status, remaining_loops, created_at, updated_at)"
            " SELECT printf('task-%06d', i), printf('c-%d', i), '', '', 'x', '', 'completed', 2,"
            " '2026-01-01T00:00:00.000000+00:00', '2026-01-01T00:00:00.000000+00:00' FROM n",
            (number,),
        )
        connection.execute(
            "INSERT INTO events SELECT NULL, task_id, 1, 'accepted', created_at, 0, '', 0, 2, '{}'"
            " FROM tasks WHERE task_id LIKE 'task-%' ORDER BY task_id"
        )

    await agent.database.write(insert)


async def rows(agent: Agent, table: str) -> int:
    return int((await agent.database.read(f"SELECT count(*) FROM {table}"))[0][0])


async def test_a_task_goes_with_everything_that_is_its_own(
    start_agent: StartAgent, tmp_path: Path
) -> None:
    async with start_agent(World()) as agent:
        kept = await run_task(agent)
        of_one = [await rows(agent, table) for table in TABLES]
        gone = await run_task(agent)
        await agent.database.write(
            lambda c: c.execute("UPDATE tasks SET updated_at = '2020' WHERE task_id = ?", (gone,))
        )
        retention = Retention(timedelta(days=30))
        counted = await agent.desk.prune(retention, dry_run=True)
        pruned = await prune(agent, retention)
        assert (pruned.tasks, list(pruned.task_ids), pruned.more) == (1, [gone], False)
        assert (counted.tasks, counted.events, counted.checkpoints) == (
            pruned.tasks, pruned.events, pruned.checkpoints)  # fmt: skip
        assert [await rows(agent, table) for table in TABLES] == of_one
        assert (await agent.desk.get(kept)).status is TaskStatus.COMPLETED
        with pytest.raises(NotFound):
            await agent.desk.get(gone)
        assert (await prune(agent, retention)).tasks == 0
    assert contradictions(tmp_path / "mesh.db") == []


async def test_a_task_that_goes_on_between_choice_and_deletion_stays(
    start_agent: StartAgent,
) -> None:
    async with start_agent(World()) as agent:
        ended = await ended_task(agent)
        chosen = agent.database.read

        async def read_then_change(query: str, parameters: object = ()) -> object:
            found = await chosen(query, parameters)  # type: ignore[arg-type]
            await agent.database.write(
                lambda c: c.execute("UPDATE tasks SET status = 'input_required'")
            )
            return found

        agent.database.read = read_then_change  # type: ignore[method-assign,assignment]
        assert (await prune(agent, ANY_AGE)).tasks == 0
        agent.database.read = chosen  # type: ignore[method-assign]
        assert (await agent.desk.get(ended)).status is TaskStatus.INPUT_REQUIRED


async def test_a_crash_in_the_middle_leaves_whole_tasks(
    start_agent: StartAgent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start_agent(World()) as agent:
        await many_ended(agent, 50)

        def crash(task_id: str, connection: sqlite3.Connection) -> None:
            if task_id == "task-000030":
                raise RuntimeError("the power is gone")
            delete_thread(task_id, connection)

        with monkeypatch.context() as broken, pytest.raises(RuntimeError):
            broken.setattr("agent_service.storage.sqlite.pruning.delete_thread", crash)
            await prune(agent, ANY_AGE)
        assert await rows(agent, "tasks") == await rows(agent, "events") == 30
        assert contradictions(tmp_path / "mesh.db") == []
        assert (await prune(agent, ANY_AGE)).tasks == 30
