"""What a submission becomes: a task with its first event, or the task that it repeats."""

from __future__ import annotations

import hashlib
from typing import Any

from agent_service.clock import later
from agent_service.storage.progress import Progress
from agent_service.storage.records import (
    EventType,
    ForkOrigin,
    NewEvent,
    Submission,
    TaskRecord,
    TaskStatus,
)
from agent_service.storage.transitions import Transition
from core.errors import IdentifierReused, LimitExceeded
from core.json_text import write_json


def accepted(submission: Submission, task_id: str, at: str, max_review_cycles: int) -> Transition:
    """Return the queued task that a submission becomes; a fork has what it takes over."""
    fork = submission.fork
    task = TaskRecord(
        task_id=task_id,
        correlation_id=submission.correlation_id,
        request_digest=_digest(submission),
        context_id=submission.context_id,
        text=submission.text,
        requested_workflow=submission.workflow,
        status=TaskStatus.QUEUED,
        workflow=fork.workflow if fork else "",
        progress=fork.progress if fork else Progress(),
        remaining_loops=fork.remaining_loops if fork else max_review_cycles,
        failure_reason="",
        failure_message="",
        question=None,
        crashes=0,
        trace_parent=submission.trace_parent,
        created_at=at,
        updated_at=at,
        forked_from_task_id=fork.task_id if fork else "",
        forked_from_checkpoint_id=fork.checkpoint_id if fork else "",
        fork_edits=fork.edits if fork else {},
        deadline_at=later(at, submission.timeout_seconds),
        answers={},
        collection=submission.collection,
    )
    remaining, detail = task.remaining_loops, _origin(fork)
    event = NewEvent(task_id, EventType.ACCEPTED, at, remaining_loops=remaining, detail=detail)
    return Transition(task, event)


def repeated(known: TaskRecord, wanted: TaskRecord) -> TaskRecord:
    """Return the task of a correlation id. Raises: IdentifierReused for another request."""
    if known.request_digest != wanted.request_digest:
        raise IdentifierReused(
            f"correlation id {known.correlation_id} belongs to task {known.task_id}, "
            "which asked for something else"
        )
    return known


def check_room(unfinished: int, queue_limit: int) -> None:
    """Refuse a task when so many have not ended. Raises: LimitExceeded."""
    if unfinished >= queue_limit:
        raise LimitExceeded(
            f"the queue is full: {unfinished} tasks have not ended; wait for some, end some with "
            "`mesh cancel`, or raise AGENT_QUEUE_LIMIT"
        )


def _digest(submission: Submission) -> str:
    """Return what tells a repeated submission from another one under the same correlation id."""
    request: list[Any] = [submission.text, submission.context_id, submission.workflow]
    if submission.timeout_seconds:
        request += ["timeout", submission.timeout_seconds]
    if submission.collection:
        request += ["collection", submission.collection]
    if submission.fork is not None:
        fork = submission.fork
        request += [fork.task_id, fork.checkpoint_id, fork.edits]
    return hashlib.sha256(write_json(request, sort_keys=True).encode()).hexdigest()


def _origin(fork: ForkOrigin | None) -> dict[str, Any]:
    """Return the detail of the accepted event: where a fork comes from, else nothing."""
    if fork is None:
        return {}
    return {
        "forked_from": {
            "task_id": fork.task_id,
            "checkpoint_id": fork.checkpoint_id,
            "inherited_hops": fork.progress.next_hop,
        },
        "edited": sorted(fork.edits),
    }
