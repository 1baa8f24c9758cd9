"""The lives of tasks in memory: every change of where one stands, with the event of it."""

from __future__ import annotations

from agent_service.storage.memory.tables import Tables
from agent_service.storage.records import NewEvent, TaskEnd, TaskRecord
from agent_service.storage.transitions import check_unended, ended, recovered, responded, retried
from core.ports import Answer, Clock


class MemoryTaskLives:
    """`agent_service.storage.ports.TaskLives` in memory."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        """Change the tasks of ``tables``."""
        self._tables = tables
        self._clock = clock

    async def recover(self, task: TaskRecord, *, crashed: bool) -> None:
        """Hand a task that was running back to the queue. Raises: NotFound."""
        at = self._clock.now_iso()
        await self._tables.change(task.task_id, lambda known: recovered(known, at, crashed=crashed))

    async def end(self, task_id: str, end: TaskEnd, *, patient: bool = True) -> TaskRecord:
        """End a task. Raises: NotFound, WrongState when it has ended before."""
        at = self._clock.now_iso()
        return await self._tables.change(task_id, lambda task: ended(task, end, at))

    async def respond(self, task_id: str, answer: Answer, call_id: str = "") -> TaskRecord:
        """Answer a question of a task and hand it back to the queue.

        ``call_id`` names the question; empty: the one that waits. The same answer to the same
        question again changes nothing. Raises: NotFound, InvalidInput, WrongState.
        """
        at = self._clock.now_iso()
        return await self._tables.change(task_id, lambda task: responded(task, answer, at, call_id))

    async def retry(self, task_id: str, timeout_seconds: float = 0.0) -> TaskRecord:
        """Hand a failed task back to the queue: it goes on after its last completed hop.

        Raises: NotFound, WrongState when it has not failed.
        """
        at = self._clock.now_iso()
        return await self._tables.change(task_id, lambda task: retried(task, at, timeout_seconds))

    async def record(self, event: NewEvent) -> None:
        """Append an event that changes nothing else. Raises: NotFound, WrongState."""

        def append() -> None:
            check_unended(self._tables.existing(event.task_id))
            self._tables.events.append(self._tables.events.prepare([event]))

        await self._tables.write(append)
