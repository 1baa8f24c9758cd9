"""The queue: tasks come in with their first event, and go out oldest first."""

from __future__ import annotations

from collections.abc import Callable

from agent_service.storage.acceptance import accepted, check_room, repeated
from agent_service.storage.records import Submission, TaskRecord
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import find_task, write_life
from agent_service.storage.transitions import claimed
from core.ports import Clock
from shared import failpoints
from shared.sqlite import Database


class SqliteTaskQueue:
    """`agent_service.storage.ports.TaskQueue` in SQLite."""

    def __init__(
        self,
        database: Database,
        events: SqliteEventLog,
        clock: Clock,
        new_task_id: Callable[[], str],
        *,
        queue_limit: int,
        max_review_cycles: int,
    ) -> None:
        """Accept at most ``queue_limit`` unfinished tasks."""
        self._database = database
        self._events = events
        self._clock = clock
        self._new_task_id = new_task_id
        self._queue_limit = queue_limit
        self._max_review_cycles = max_review_cycles

    @failpoints.at_commit("agent.submit")
    async def submit(self, submission: Submission) -> TaskRecord:
        """Write task and event in one transaction, or return the task of the same request.

        Raises: IdentifierReused, LimitExceeded, StorageUnwritable.
        """
        task_id, at = self._new_task_id(), self._clock.now_iso()
        new = accepted(submission, task_id, at, self._max_review_cycles)
        row = new.task.to_row()

        def insert(transaction: Transaction) -> TaskRecord:
            connection = transaction.connection
            known = find_task(connection, "task_by_correlation_id", submission.correlation_id)
            if known is not None:
                return repeated(known, new.task)
            [unfinished] = connection.execute(QUERIES["count_waiting"]).fetchone()
            check_room(unfinished, self._queue_limit)
            connection.execute(QUERIES["insert_task"], row)
            transaction.append(new.event)
            return TaskRecord.from_row(row)

        return await self._events.write(insert)

    @failpoints.at_commit("agent.claim")
    async def claim_oldest(self) -> TaskRecord | None:
        """Mark the oldest queued task as running and return it; None when none waits."""
        at = self._clock.now_iso()

        def claim(transaction: Transaction) -> TaskRecord | None:
            waiting = find_task(transaction.connection, "oldest_queued")
            if waiting is None:
                return None
            task = claimed(waiting, at)
            write_life(transaction.connection, task)
            return task

        return await self._events.write(claim, patient=True)

    async def overdue(self) -> list[str]:
        """Return the tasks in the queue whose deadline has passed."""
        rows = await self._database.read(QUERIES["overdue"], (self._clock.now_iso(),))
        return [row["task_id"] for row in rows]

    def stop_waiting(self) -> None:
        """Let running tasks wait no longer for a disk that takes nothing (the agent stops)."""
        self._database.stop_waiting()
