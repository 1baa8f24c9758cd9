"""Tasks in memory as they stand."""

from __future__ import annotations

from agent_service.storage.memory.tables import Tables
from agent_service.storage.records import TaskFilter, TaskRecord, TaskStatus


class MemoryTaskReader:
    """`agent_service.storage.ports.TaskReader` in memory."""

    def __init__(self, tables: Tables) -> None:
        """Read the tasks of ``tables``."""
        self._tables = tables

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        return self._tables.existing(task_id)

    async def page(self, wanted: TaskFilter, page_size: int) -> list[TaskRecord]:
        """Return at most ``page_size`` tasks, newest first."""
        asked = {"status": wanted.status, "workflow": wanted.workflow}
        asked["context_id"] = wanted.context_id
        rows = [
            row
            for task_id, row in sorted(self._tables.tasks.items(), reverse=True)
            if (not wanted.before or task_id < wanted.before)
            and all(row[name] == value for name, value in asked.items() if value)
        ]
        return [TaskRecord.from_row(row) for row in rows[:page_size]]

    async def unfinished(self) -> list[TaskRecord]:
        """Return every task that has not ended, oldest first."""
        rows = self._tables.in_order(TaskStatus.QUEUED, TaskStatus.RUNNING)
        return [TaskRecord.from_row(row) for row in rows]
