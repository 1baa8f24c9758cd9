"""Where a task may stand next, and the event that tells of it: the rules, whatever keeps tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from agent_service.clock import later
from agent_service.storage.answering import answered_question
from agent_service.storage.progress import Progress
from agent_service.storage.questions import answer_json, question_json
from agent_service.storage.records import EventType, NewEvent, TaskEnd, TaskRecord, TaskStatus
from core.errors import NotFound, WrongState
from core.ports import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Transition:
    """A task as it stands after a change, and the event that tells of the change."""

    task: TaskRecord
    event: NewEvent


def found(row: T | None, task_id: str) -> T:
    """Return what was found of a task. Raises: NotFound when it is nothing."""
    if row is None:
        raise NotFound(f"there is no task {task_id}")
    return row


def check_running(task_id: str, status: str | None) -> None:
    """Refuse to go on with a task that does not run. Raises: NotFound, WrongState."""
    if found(status, task_id) != TaskStatus.RUNNING:
        raise WrongState(f"task {task_id} is not running: it is {status}")


def check_unended(task: TaskRecord) -> None:
    """Refuse to go on with a task that has ended. Raises: WrongState."""
    if task.status.ended:
        raise WrongState(f"task {task.task_id} has ended: it is {task.status.value}")


def claimed(task: TaskRecord, at: str) -> TaskRecord:
    """Return a queued task as it runs; no event tells of it before its first hop starts."""
    return replace(task, status=TaskStatus.RUNNING, updated_at=at)


def recovered(task: TaskRecord, at: str, *, crashed: bool) -> Transition:
    """Hand a task that was running back to the queue; a crash of the agent is counted."""
    hops = task.progress.next_hop
    event = NewEvent(
        task.task_id,
        EventType.RECOVERED,
        at,
        hop_index=hops,
        remaining_loops=task.remaining_loops,
        detail={"crashed": crashed, "resumes_at_hop": hops},
    )
    crashes = task.crashes + crashed
    return Transition(
        replace(task, status=TaskStatus.QUEUED, crashes=crashes, updated_at=at), event
    )


def ended(task: TaskRecord, end: TaskEnd, at: str) -> Transition:
    """End a task; one that waits for an answer may yet be cancelled. Raises: WrongState."""
    asks = task.status is TaskStatus.INPUT_REQUIRED
    if not (asks and end.status is TaskStatus.CANCELLED):
        check_unended(task)
    event = NewEvent(
        task.task_id,
        end.event,
        at,
        hop_index=task.progress.last_hop,
        remaining_loops=task.remaining_loops,
        detail=_end_detail(end, task.progress),
    )
    after = replace(
        task,
        status=end.status,
        failure_reason=end.reason,
        failure_message=end.message,
        question=end.question,
        updated_at=at,
    )
    return Transition(after, event)


def responded(task: TaskRecord, answer: Answer, at: str, call_id: str = "") -> Transition | None:
    """Answer a question of a task, which ``call_id`` names, and hand it back to the queue.

    Returns None for the same answer to the same question again, which changes nothing. Raises:
    InvalidInput, WrongState (`agent_service.storage.answering`).
    """
    question = answered_question(task, answer, call_id)
    if question is None:
        return None
    answers = {**task.answers, question.call_id: answer}
    detail = {"call_id": question.call_id, "answer": answer_json(answer)}
    return _reopened(replace(task, answers=answers), EventType.RESPONDED, at, detail)


def retried(task: TaskRecord, at: str, timeout_seconds: float) -> Transition:
    """Hand a failed task back to the queue, with a new deadline. Raises: WrongState."""
    if task.status is not TaskStatus.FAILED:
        raise WrongState(f"task {task.task_id} did not fail: it is {task.status.value}")
    detail = {"failure_reason": task.failure_reason}
    return _reopened(task, EventType.RETRIED, at, detail, later(at, timeout_seconds))


def _reopened(
    task: TaskRecord, event: EventType, at: str, detail: Mapping[str, Any], deadline_at: str = ""
) -> Transition:
    """Hand an ended task back to the queue, with a clean sheet."""
    after = replace(
        task,
        status=TaskStatus.QUEUED,
        failure_reason="",
        failure_message="",
        question=None,
        crashes=0,
        deadline_at=deadline_at,
        updated_at=at,
    )
    return Transition(
        after,
        NewEvent(
            task.task_id,
            event,
            at,
            hop_index=task.progress.next_hop,
            remaining_loops=task.remaining_loops,
            detail=detail,
        ),
    )


def _end_detail(end: TaskEnd, progress: Progress) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    if end.reason:
        detail.update(reason=end.reason, message=end.message)
    if end.question is not None:
        detail["question"] = question_json(end.question)
    if end.status is TaskStatus.COMPLETED and progress.approved is not None:
        detail["approved"] = progress.approved
    return detail
