"""The queue in memory: tasks come in with their first event, and go out oldest first."""

from __future__ import annotations

from collections.abc import Callable

from agent_service.storage.acceptance import accepted, check_room, repeated
from agent_service.storage.memory.tables import Tables
from agent_service.storage.records import Submission, TaskRecord, TaskStatus
from agent_service.storage.transitions import claimed
from core.ports import Clock


class MemoryTaskQueue:
    """`agent_service.storage.ports.TaskQueue` in memory."""

    def __init__(
        self,
        tables: Tables,
        clock: Clock,
        new_task_id: Callable[[], str],
        *,
        queue_limit: int,
        max_review_cycles: int,
    ) -> None:
        """Accept at most ``queue_limit`` unfinished tasks."""
        self._tables = tables
        self._clock = clock
        self._new_task_id = new_task_id
        self._queue_limit = queue_limit
        self._max_review_cycles = max_review_cycles
        self._by_correlation_id: dict[str, str] = {}

    async def submit(self, submission: Submission) -> TaskRecord:
        """Keep a task with its event, or return the one of the same request.

        Raises: IdentifierReused, LimitExceeded.
        """
        task_id, at = self._new_task_id(), self._clock.now_iso()
        new = accepted(submission, task_id, at, self._max_review_cycles)

        def insert() -> TaskRecord:
            known = self._of_correlation_id(submission.correlation_id)
            if known is not None:
                return repeated(known, new.task)
            unfinished = self._tables.in_order(TaskStatus.QUEUED, TaskStatus.RUNNING)
            check_room(len(unfinished), self._queue_limit)
            kept = self._tables.keep(new)
            self._by_correlation_id[submission.correlation_id] = task_id
            return kept

        return await self._tables.write(insert)

    async def claim_oldest(self) -> TaskRecord | None:
        """Mark the oldest queued task as running and return it; None when none waits."""
        at = self._clock.now_iso()

        def claim() -> TaskRecord | None:
            waiting = self._tables.in_order(TaskStatus.QUEUED)
            if not waiting:
                return None
            task = claimed(TaskRecord.from_row(waiting[0]), at)
            self._tables.tasks[task.task_id] = task.to_row()
            return task

        return await self._tables.write(claim)

    async def overdue(self) -> list[str]:
        """Return the tasks in the queue whose deadline has passed."""
        now = self._clock.now_iso()
        waiting = self._tables.in_order(TaskStatus.QUEUED)
        return [
            row["task_id"] for row in waiting if row["deadline_at"] and row["deadline_at"] < now
        ]

    def stop_waiting(self) -> None:
        """Change nothing: no task waits for memory as one does for a disk."""

    def _of_correlation_id(self, correlation_id: str) -> TaskRecord | None:
        row = self._tables.tasks.get(self._by_correlation_id.get(correlation_id, ""))
        return None if row is None else TaskRecord.from_row(row)
