"""Tasks, events and decisions as dicts and lists: what all the ports in memory work on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from agent_service.storage.memory.events import MemoryEventLog
from agent_service.storage.records import TaskRecord
from agent_service.storage.transitions import Transition, found

T = TypeVar("T")


class Tables:
    """Rows as they would stand on a disk, texts for JSON: what is read is nobody else's.

    A change runs whole, since nothing waits in it; what may be refused is before anything changes.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.tasks: dict[str, dict[str, Any]] = {}
        self.decisions: dict[tuple[str, str], str] = {}
        self.events = MemoryEventLog()

    async def write(self, work: Callable[[], T]) -> T:
        """Do ``work`` at once, and let others go on, as they do while a disk writes."""
        done = work()
        await asyncio.sleep(0)
        return done

    async def change(
        self, task_id: str, rule: Callable[[TaskRecord], Transition | None]
    ) -> TaskRecord:
        """Take a task to where ``rule`` has it, and return it; None changes nothing.

        Raises: NotFound, and what ``rule`` raises.
        """

        def apply() -> TaskRecord:
            task = self.existing(task_id)
            transition = rule(task)
            return task if transition is None else self.keep(transition)

        return await self.write(apply)

    def keep(self, transition: Transition) -> TaskRecord:
        """Keep a task, new or changed, with the event that tells of it, and return it."""
        row = transition.task.to_row()
        self.events.append(self.events.prepare([transition.event]))
        self.tasks[transition.task.task_id] = row
        return TaskRecord.from_row(row)

    def existing(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        return TaskRecord.from_row(found(self.tasks.get(task_id), task_id))

    def status_of(self, task_id: str) -> str | None:
        """Return where a task stands; None when there is no such task."""
        row = self.tasks.get(task_id)
        return None if row is None else str(row["status"])

    def in_order(self, *statuses: str) -> list[dict[str, Any]]:
        """Return the rows of tasks that stand so, oldest first."""
        rows = [row for row in self.tasks.values() if row["status"] in statuses]
        return sorted(rows, key=lambda row: str(row["task_id"]))

    def forget(self, task_ids: Collection[str]) -> None:
        """Delete tasks with their events and decisions."""
        gone = set(task_ids)
        self.events.forget(gone)
        self.decisions = {key: value for key, value in self.decisions.items() if key[0] not in gone}
        for task_id in gone:
            del self.tasks[task_id]
