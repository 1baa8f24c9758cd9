"""Tasks as they stand, read beside whoever writes."""

from __future__ import annotations

from dataclasses import asdict

from agent_service.storage.records import TaskFilter, TaskRecord
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.transitions import found
from shared.sqlite import Database


class SqliteTaskReader:
    """`agent_service.storage.ports.TaskReader` in SQLite."""

    def __init__(self, database: Database) -> None:
        """Read from ``database``."""
        self._database = database

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        rows = await self._database.read(QUERIES["task_by_id"], (task_id,))
        return TaskRecord.from_row(dict(found(rows[0] if rows else None, task_id)))

    async def page(self, wanted: TaskFilter, page_size: int) -> list[TaskRecord]:
        """Return at most ``page_size`` tasks, newest first."""
        parameters = {**asdict(wanted), "page_size": page_size}
        rows = await self._database.read(QUERIES["page_of_tasks"], parameters)
        return [TaskRecord.from_row(dict(row)) for row in rows]

    async def unfinished(self) -> list[TaskRecord]:
        """Return every task that has not ended, oldest first."""
        return [
            TaskRecord.from_row(dict(row))
            for row in await self._database.read(QUERIES["unfinished"])
        ]
