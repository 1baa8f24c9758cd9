"""The lives of tasks: every change of where one stands, with the event that tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_service.clock import later
from agent_service.storage.answering import answered_question
from agent_service.storage.progress import Progress
from agent_service.storage.questions import (
    answer_json,
    answers_column,
    question_column,
    question_json,
)
from agent_service.storage.records import EventType, NewEvent, TaskEnd, TaskRecord, TaskStatus
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import existing_task, set_status, unended_task
from core.errors import WrongState
from core.ports import Answer, Clock
from shared import failpoints


class SqliteTaskLives:
    """`agent_service.storage.ports.TaskLives` in SQLite."""

    def __init__(self, events: SqliteEventLog, clock: Clock) -> None:
        """Write through ``events``."""
        self._events = events
        self._clock = clock

    @failpoints.at_commit("agent.recover")
    async def recover(self, task: TaskRecord, *, crashed: bool) -> None:
        """Hand a task that was running back to the queue, with the event that says so."""
        hops = task.progress.next_hop
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
                "question": question_column(end.question),
                "at": at,
            }
            transaction.connection.execute(QUERIES["end_task"], row)
            event = NewEvent(
                task_id,
                end.event,
                at,
                hop_index=task.progress.last_hop,
                remaining_loops=task.remaining_loops,
                detail=_end_detail(end, task.progress),
            )
            transaction.append(event)
            return existing_task(transaction.connection, task_id)

        return await self._events.write(finish, patient=patient)

    @failpoints.at_commit("agent.respond")
    async def respond(self, task_id: str, answer: Answer, call_id: str = "") -> TaskRecord:
        """Answer a question of a task and hand it back to the queue.

        Raises: NotFound, InvalidInput, WrongState, StorageUnwritable.
        """
        at = self._clock.now_iso()

        def reopen(transaction: Transaction) -> TaskRecord:
            task = existing_task(transaction.connection, task_id)
            question = answered_question(task, answer, call_id)
            if question is None:
                return task
            answers = {**task.answers, question.call_id: answer}
            detail = {"call_id": question.call_id, "answer": answer_json(answer)}
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
    answers: Mapping[str, Answer],
    deadline_at: str = "",
) -> TaskRecord:
    """Hand an ended task back to the queue."""
    row = {
        "task_id": task.task_id,
        "answers": answers_column(answers),
        "deadline_at": deadline_at,
        "at": at,
    }
    transaction.connection.execute(QUERIES["reopen_task"], row)
    transaction.append(
        NewEvent(
            task.task_id,
            event,
            at,
            hop_index=task.progress.next_hop,
            remaining_loops=task.remaining_loops,
            detail=detail,
        )
    )
    return existing_task(transaction.connection, task.task_id)


def _end_detail(end: TaskEnd, progress: Progress) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if end.reason:
        detail.update(reason=end.reason, message=end.message)
    if end.question is not None:
        detail["question"] = question_json(end.question)
    if end.status is TaskStatus.COMPLETED and progress.approved is not None:
        detail["approved"] = progress.approved
    return detail
