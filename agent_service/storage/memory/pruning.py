"""Retention in memory: ended tasks that are old enough go, with everything that is theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent_service.storage.memory.checkpointer import MemoryCheckpointer
from agent_service.storage.memory.tables import Tables
from agent_service.storage.ports import MOST_PRUNED
from agent_service.storage.records import Pruned, Retention
from core.ports import Clock


class MemoryTaskPruner:
    """`agent_service.storage.ports.TaskPruner` in memory."""

    def __init__(self, tables: Tables, checkpointer: MemoryCheckpointer, clock: Clock) -> None:
        """Delete from ``tables`` and ``checkpointer``."""
        self._tables = tables
        self._checkpointer = checkpointer
        self._clock = clock

    async def count(self, retention: Retention) -> Pruned:
        """Return what is due."""
        return self._size(self._due(retention))

    async def prune(self, retention: Retention, spares: Callable[[str], bool]) -> Pruned:
        """Delete tasks that are due, of the `MOST_PRUNED` oldest ones."""

        def delete() -> Pruned:
            found = self._due(retention)
            gone = [each for each in found[:MOST_PRUNED] if not spares(each)]
            size = self._size(gone)
            self._tables.forget(gone)
            self._checkpointer.forget(gone)
            more = len(found) > MOST_PRUNED
            return Pruned(size.tasks, size.events, size.checkpoints, gone, more)

        return await self._tables.write(delete)

    def _due(self, retention: Retention) -> list[str]:
        """Return ended tasks that are old enough, oldest first, less origins that are needed."""
        before = retention.before(self._clock.now_iso())
        begun = self._checkpointer.threads()
        needed = {
            row["forked_from_task_id"]
            for task_id, row in self._tables.tasks.items()
            if task_id not in begun
        }
        return [
            row["task_id"]
            for row in self._tables.in_order(*retention.statuses)
            if row["updated_at"] <= before and row["task_id"] not in needed
        ]

    def _size(self, task_ids: Sequence[str]) -> Pruned:
        events = self._tables.events.count(task_ids)
        return Pruned(len(task_ids), events, self._checkpointer.count(task_ids))
