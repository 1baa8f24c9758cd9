"""The queue: tasks come in with their first event, and go out oldest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent_service.clock import later
from agent_service.storage.origin import origin_columns, origin_detail, submission_digest
from agent_service.storage.records import EventType, NewEvent, Submission, TaskRecord, TaskStatus
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import existing_task, find_task, same_request, set_status
from core.errors import LimitExceeded
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
        digest = submission_digest(submission)
        task_id, at = self._new_task_id(), self._clock.now_iso()
        row: dict[str, Any] = {
            "task_id": task_id,
            "correlation_id": submission.correlation_id,
            "request_digest": digest,
            "context_id": submission.context_id,
            "text": submission.text,
            "requested_workflow": submission.workflow,
            "remaining_loops": self._max_review_cycles,
            "trace_parent": submission.trace_parent,
            "collection": submission.collection,
            "deadline_at": later(at, submission.timeout_seconds),
            "at": at,
            **origin_columns(submission.fork),
        }
        accepted = NewEvent(
            task_id,
            EventType.ACCEPTED,
            at,
            remaining_loops=row["remaining_loops"],
            detail=origin_detail(submission.fork),
        )

        def insert(transaction: Transaction) -> TaskRecord:
            connection = transaction.connection
            known = find_task(connection, "task_by_correlation_id", submission.correlation_id)
            if known is not None:
                return same_request(known, digest)
            self._check_queue(transaction)
            connection.execute(QUERIES["insert_task"], row)
            transaction.append(accepted)
            return existing_task(connection, task_id)

        return await self._events.write(insert)

    @failpoints.at_commit("agent.claim")
    async def claim_oldest(self) -> TaskRecord | None:
        """Mark the oldest queued task as running and return it; None when none waits."""
        at = self._clock.now_iso()

        def claim(transaction: Transaction) -> TaskRecord | None:
            task = find_task(transaction.connection, "oldest_queued")
            if task is not None:
                set_status(transaction.connection, task.task_id, TaskStatus.RUNNING, at)
            return task

        return await self._events.write(claim, patient=True)

    async def overdue(self) -> list[str]:
        """Return the tasks in the queue whose deadline has passed."""
        rows = await self._database.read(QUERIES["overdue"], (self._clock.now_iso(),))
        return [row["task_id"] for row in rows]

    def stop_waiting(self) -> None:
        """Let running tasks wait no longer for a disk that takes nothing (the agent stops)."""
        self._database.stop_waiting()

    def _check_queue(self, transaction: Transaction) -> None:
        [count] = transaction.connection.execute(QUERIES["count_waiting"]).fetchone()
        if count >= self._queue_limit:
            raise LimitExceeded(
                f"the queue is full: {count} tasks have not ended; wait for some, end some with "
                "`mesh cancel`, or raise AGENT_QUEUE_LIMIT"
            )
