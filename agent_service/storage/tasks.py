"""The task store: every change of a task's row, each with the event that tells of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_service.storage.events import EventLog
from agent_service.storage.queries import QUERIES
from agent_service.storage.records import (
    EventType,
    NewEvent,
    Submission,
    TaskRecord,
    TaskStatus,
)
from core.database import Database
from core.errors import IdentifierReused, LimitExceeded, NotFound, WrongState
from core.ports import Clock
from shared import failpoints


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list; an empty text means any. ``before`` is the page token."""

    status: str = ""
    route: str = ""
    context_id: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How a task ended, and the words for it."""

    status: TaskStatus
    event: EventType
    reason: str = ""
    message: str = ""
    question: str = ""


class TaskStore:
    """Keeps tasks. Every method that writes is durable on return."""

    def __init__(
        self,
        database: Database,
        events: EventLog,
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

        Raises: IdentifierReused, LimitExceeded.
        """
        digest = _digest(submission)
        row = {
            "task_id": self._new_task_id(),
            "correlation_id": submission.correlation_id,
            "request_digest": digest,
            "context_id": submission.context_id,
            "text": submission.text,
            "requested_route": submission.route,
            "remaining_loops": self._max_review_cycles,
            "trace_parent": submission.trace_parent,
            "at": self._clock.now_iso(),
        }

        def insert(connection: sqlite3.Connection) -> TaskRecord:
            known = _one(connection, "task_by_correlation_id", submission.correlation_id)
            if known is not None:
                return _same_request(known, digest)
            self._check_queue(connection)
            connection.execute(QUERIES["insert_task"], row)
            accepted = NewEvent(
                str(row["task_id"]),
                EventType.ACCEPTED,
                str(row["at"]),
                remaining_loops=self._max_review_cycles,
            )
            self._events.append(connection, accepted)
            return _existing(connection, str(row["task_id"]))

        return await self._database.write(insert)

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        rows = await self._database.read(QUERIES["task_by_id"], (task_id,))
        if not rows:
            raise NotFound(f"there is no task {task_id}")
        return TaskRecord.from_row(rows[0])

    async def page(self, wanted: TaskFilter, page_size: int) -> list[TaskRecord]:
        """Return at most ``page_size`` tasks, newest first."""
        parameters = {
            "before": wanted.before,
            "status": wanted.status,
            "route": wanted.route,
            "context_id": wanted.context_id,
            "page_size": page_size,
        }
        rows = await self._database.read(QUERIES["page_of_tasks"], parameters)
        return [TaskRecord.from_row(row) for row in rows]

    @failpoints.at_commit("agent.claim")
    async def claim_oldest(self) -> TaskRecord | None:
        """Mark the oldest queued task as running and return it; None when none waits."""
        at = self._clock.now_iso()

        def claim(connection: sqlite3.Connection) -> TaskRecord | None:
            task = _one(connection, "oldest_queued")
            if task is not None:
                _set_status(connection, task.task_id, TaskStatus.RUNNING, at)
            return task

        return await self._database.write(claim)

    async def unfinished(self) -> list[TaskRecord]:
        """Return every task that has not ended, oldest first."""
        return [
            TaskRecord.from_row(row) for row in await self._database.read(QUERIES["unfinished"])
        ]

    @failpoints.at_commit("agent.recover")
    async def recover(self, task: TaskRecord, *, crashed: bool) -> None:
        """Hand a task that was running back to the queue, with the event that says so."""
        hops = len(task.progress.get("hops", []))
        event = NewEvent(
            task.task_id,
            EventType.RECOVERED,
            self._clock.now_iso(),
            hop_index=hops,
            remaining_loops=task.remaining_loops,
            detail={"crashed": crashed, "resumes_at_hop": hops},
        )

        def requeue(connection: sqlite3.Connection) -> None:
            if crashed:
                connection.execute(QUERIES["count_crash"], (task.task_id,))
            _set_status(connection, task.task_id, TaskStatus.QUEUED, event.at)
            self._events.append(connection, event)

        await self._database.write(requeue)
        self._events.announce(task.task_id)

    @failpoints.at_commit("agent.end")
    async def end(self, task_id: str, end: TaskEnd) -> TaskRecord:
        """End a task with its event. Raises: NotFound, WrongState when it has ended before."""
        at = self._clock.now_iso()

        def finish(connection: sqlite3.Connection) -> TaskRecord:
            task = _unended(connection, task_id)
            row = {
                "task_id": task_id,
                "status": end.status.value,
                "failure_reason": end.reason,
                "failure_message": end.message,
                "question": end.question,
                "at": at,
            }
            connection.execute(QUERIES["end_task"], row)
            event = NewEvent(
                task_id,
                end.event,
                at,
                hop_index=max(0, len(task.progress.get("hops", [])) - 1),
                remaining_loops=task.remaining_loops,
                detail=_end_detail(end, task.progress),
            )
            self._events.append(connection, event)
            return _existing(connection, task_id)

        ended = await self._database.write(finish)
        self._events.announce(task_id)
        return ended

    @failpoints.at_commit("agent.record")
    async def record(self, event: NewEvent) -> None:
        """Append an event that changes nothing else."""

        def append(connection: sqlite3.Connection) -> None:
            _unended(connection, event.task_id)
            self._events.append(connection, event)

        await self._database.write(append)
        self._events.announce(event.task_id)

    @failpoints.at_commit("agent.start_hop")
    async def start_hop(self, task_id: str, hop_index: int, role: str, remaining_loops: int) -> int:
        """Record that a hop starts and return its attempt, from 1 (`core.ports.HopJournal`)."""
        at = self._clock.now_iso()

        def start(connection: sqlite3.Connection) -> int:
            _unended(connection, task_id)
            row = connection.execute(QUERIES["starts_of_hop"], (task_id, hop_index)).fetchone()
            attempt = 1 + int(row[0])
            event = NewEvent(
                task_id,
                EventType.HOP_STARTED,
                at,
                hop_index=hop_index,
                role=role,
                attempt=attempt,
                remaining_loops=remaining_loops,
            )
            self._events.append(connection, event)
            return attempt

        attempt = await self._database.write(start)
        self._events.announce(task_id)
        await failpoints.pause(f"agent.in_hop.{role}")
        return attempt

    def _check_queue(self, connection: sqlite3.Connection) -> None:
        [count] = connection.execute(QUERIES["count_waiting"]).fetchone()
        if count >= self._queue_limit:
            raise LimitExceeded(f"the queue is full: {count} tasks have not ended")


def _one(connection: sqlite3.Connection, query: str, *parameters: str) -> TaskRecord | None:
    row = connection.execute(QUERIES[query], parameters).fetchone()
    return None if row is None else TaskRecord.from_row(row)


def _existing(connection: sqlite3.Connection, task_id: str) -> TaskRecord:
    task = _one(connection, "task_by_id", task_id)
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def _unended(connection: sqlite3.Connection, task_id: str) -> TaskRecord:
    task = _existing(connection, task_id)
    if task.status.ended:
        raise WrongState(f"task {task_id} has ended: it is {task.status.value}")
    return task


def _set_status(connection: sqlite3.Connection, task_id: str, status: TaskStatus, at: str) -> None:
    row = {"task_id": task_id, "status": status.value, "at": at}
    connection.execute(QUERIES["set_status"], row)


def _digest(submission: Submission) -> str:
    request = [submission.text, submission.context_id, submission.route]
    return hashlib.sha256(json.dumps(request).encode()).hexdigest()


def _same_request(known: TaskRecord, digest: str) -> TaskRecord:
    if known.request_digest != digest:
        raise IdentifierReused(
            f"correlation id {known.correlation_id} belongs to task {known.task_id}, "
            "which asked for something else"
        )
    return known


def _end_detail(end: TaskEnd, progress: Mapping[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if end.reason:
        detail.update(reason=end.reason, message=end.message)
    if end.question:
        detail["question"] = end.question
    if end.status is TaskStatus.COMPLETED and "approved" in progress:
        detail["approved"] = progress["approved"]
    return detail
