"""The task store: every change of a task's row, each with the event that tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from agent_service.clock import later
from agent_service.storage.events import EventLog, Transaction
from agent_service.storage.origin import origin_columns, origin_detail, submission_digest
from agent_service.storage.queries import QUERIES
from agent_service.storage.records import (
    EventType,
    NewEvent,
    Submission,
    TaskRecord,
    TaskStatus,
)
from agent_service.storage.rows import (
    check_running,
    existing_task,
    find_task,
    same_request,
    set_status,
    unended_task,
)
from core.database import Database
from core.errors import LimitExceeded, NotFound, WrongState
from core.ports import Clock, EffectAnswer
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
    """How a task ended, and the words for it; ``call_id`` is what a question is about."""

    status: TaskStatus
    event: EventType
    reason: str = ""
    message: str = ""
    question: str = ""
    call_id: str = ""


class TaskStore:
    """Keeps tasks. Every method that writes is durable on return.

    What a running task writes waits while the disk takes nothing; what a client asks for is
    refused then (StorageUnwritable).
    """

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
            "requested_route": submission.route,
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

    def stop_waiting(self) -> None:
        """Let running tasks wait no longer for a disk that takes nothing (the agent stops)."""
        self._database.stop_waiting()

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        rows = await self._database.read(QUERIES["task_by_id"], (task_id,))
        if not rows:
            raise NotFound(f"there is no task {task_id}")
        return TaskRecord.from_row(rows[0])

    async def page(self, wanted: TaskFilter, page_size: int) -> list[TaskRecord]:
        """Return at most ``page_size`` tasks, newest first."""
        parameters = {**asdict(wanted), "page_size": page_size}
        rows = await self._database.read(QUERIES["page_of_tasks"], parameters)
        return [TaskRecord.from_row(row) for row in rows]

    async def unfinished(self) -> list[TaskRecord]:
        """Return every task that has not ended, oldest first."""
        return [
            TaskRecord.from_row(row) for row in await self._database.read(QUERIES["unfinished"])
        ]

    async def overdue(self) -> list[str]:
        """Return the tasks in the queue whose deadline has passed."""
        rows = await self._database.read(QUERIES["overdue"], (self._clock.now_iso(),))
        return [row["task_id"] for row in rows]

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

        def requeue(transaction: Transaction) -> None:
            if crashed:
                transaction.connection.execute(QUERIES["count_crash"], (task.task_id,))
            set_status(transaction.connection, task.task_id, TaskStatus.QUEUED, event.at)
            transaction.append(event)

        await self._events.write(requeue, patient=True)

    @failpoints.at_commit("agent.end")
    async def end(self, task_id: str, end: TaskEnd, *, patient: bool = True) -> TaskRecord:
        """End a task with its event. Raises: NotFound, WrongState when it has ended before."""
        at = self._clock.now_iso()

        def finish(transaction: Transaction) -> TaskRecord:
            task = _endable(transaction, task_id, end)
            row = {
                "task_id": task_id,
                "status": end.status.value,
                "failure_reason": end.reason,
                "failure_message": end.message,
                "question": end.question,
                "question_call_id": end.call_id,
                "at": at,
            }
            transaction.connection.execute(QUERIES["end_task"], row)
            event = NewEvent(
                task_id,
                end.event,
                at,
                hop_index=max(0, len(task.progress.get("hops", [])) - 1),
                remaining_loops=task.remaining_loops,
                detail=_end_detail(end, task.progress),
            )
            transaction.append(event)
            return existing_task(transaction.connection, task_id)

        return await self._events.write(finish, patient=patient)

    @failpoints.at_commit("agent.respond")
    async def respond(self, task_id: str, answer: EffectAnswer) -> TaskRecord:
        """Answer the question of a task and hand it back to the queue.

        The same answer again changes nothing. Raises: NotFound, WrongState when no question
        waits, StorageUnwritable.
        """
        at = self._clock.now_iso()

        def reopen(transaction: Transaction) -> TaskRecord:
            task = existing_task(transaction.connection, task_id)
            said = asdict(answer)
            if task.status is not TaskStatus.INPUT_REQUIRED:
                if said in task.answers.values():
                    return task
                raise WrongState(f"task {task_id} asks nothing: it is {task.status.value}")
            answers = {**task.answers, task.question_call_id: said}
            detail = {"call_id": task.question_call_id, **said}
            return _reopen(transaction, task, EventType.RESPONDED, at, detail, answers)

        return await self._events.write(reopen)

    @failpoints.at_commit("agent.retry")
    async def retry(self, task_id: str, timeout_seconds: float = 0.0) -> TaskRecord:
        """Hand a failed task back to the queue: it goes on after its last completed hop.

        Raises: NotFound, WrongState when it has not failed, StorageUnwritable.
        """
        at = self._clock.now_iso()

        def reopen(transaction: Transaction) -> TaskRecord:
            task = existing_task(transaction.connection, task_id)
            if task.status is not TaskStatus.FAILED:
                raise WrongState(f"task {task_id} did not fail: it is {task.status.value}")
            detail = {"failure_reason": task.failure_reason}
            deadline_at = later(at, timeout_seconds)
            return _reopen(
                transaction, task, EventType.RETRIED, at, detail, task.answers, deadline_at
            )

        return await self._events.write(reopen)

    @failpoints.at_commit("agent.record")
    async def record(self, event: NewEvent) -> None:
        """Append an event that changes nothing else."""

        def append(transaction: Transaction) -> None:
            unended_task(transaction.connection, event.task_id)
            transaction.append(event)

        await self._events.write(append, patient=True)

    @failpoints.at_commit("agent.start_hop")
    async def start_hop(self, task_id: str, hop_index: int, role: str, remaining_loops: int) -> int:
        """Record that a hop starts and return its attempt, from 1 (`core.ports.HopJournal`)."""
        at = self._clock.now_iso()

        def start(transaction: Transaction) -> int:
            check_running(transaction.connection, task_id)
            parameters = (task_id, hop_index)
            [starts] = transaction.connection.execute(
                QUERIES["starts_of_hop"], parameters
            ).fetchone()
            event = NewEvent(
                task_id,
                EventType.HOP_STARTED,
                at,
                hop_index=hop_index,
                role=role,
                attempt=1 + int(starts),
                remaining_loops=remaining_loops,
            )
            transaction.append(event)
            return event.attempt

        attempt = await self._events.write(start, patient=True)
        await failpoints.pause(f"agent.in_hop.{role}")
        return attempt

    async def answer_for(self, task_id: str, call_id: str) -> EffectAnswer | None:
        """Return what a person said about a call (`core.ports.HopJournal`)."""
        said = (await self.get(task_id)).answers.get(call_id)
        return None if said is None else EffectAnswer(**said)

    def _check_queue(self, transaction: Transaction) -> None:
        [count] = transaction.connection.execute(QUERIES["count_waiting"]).fetchone()
        if count >= self._queue_limit:
            raise LimitExceeded(f"the queue is full: {count} tasks have not ended")


def _endable(transaction: Transaction, task_id: str, end: TaskEnd) -> TaskRecord:
    """Return a task that may end so: one that waits for an answer may yet be cancelled."""
    task = existing_task(transaction.connection, task_id)
    asks = task.status is TaskStatus.INPUT_REQUIRED
    if asks and end.status is TaskStatus.CANCELLED:
        return task
    return unended_task(transaction.connection, task_id)


def _reopen(
    transaction: Transaction,
    task: TaskRecord,
    event: EventType,
    at: str,
    detail: Mapping[str, Any],
    answers: Mapping[str, Any],
    deadline_at: str = "",
) -> TaskRecord:
    """Hand an ended task back to the queue."""
    row = {
        "task_id": task.task_id,
        "answers": json.dumps(answers),
        "deadline_at": deadline_at,
        "at": at,
    }
    transaction.connection.execute(QUERIES["reopen_task"], row)
    hops = len(task.progress.get("hops", []))
    transaction.append(
        NewEvent(
            task.task_id,
            event,
            at,
            hop_index=hops,
            remaining_loops=task.remaining_loops,
            detail=detail,
        )
    )
    return existing_task(transaction.connection, task.task_id)


def _end_detail(end: TaskEnd, progress: Mapping[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if end.reason:
        detail.update(reason=end.reason, message=end.message)
    if end.question:
        detail["question"] = end.question
    if end.status is TaskStatus.COMPLETED and "approved" in progress:
        detail["approved"] = progress["approved"]
    return detail
