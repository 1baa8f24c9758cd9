"""Tasks and events as the agent keeps them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from agent_service.storage.progress import Progress
from agent_service.storage.questions import (
    answers_column,
    answers_of_column,
    question_column,
    question_of_column,
)
from core.json_text import write_json
from core.ports import Answer, Question


class TaskStatus(StrEnum):
    """Where a task stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INPUT_REQUIRED = "input_required"

    @property
    def ended(self) -> bool:
        """Say whether nothing more will happen to the task by itself."""
        return self not in (TaskStatus.QUEUED, TaskStatus.RUNNING)


class EventType(StrEnum):
    """What happened to a task."""

    ACCEPTED = "accepted"
    ROUTED = "routed"
    HOP_STARTED = "hop_started"
    HOP_COMPLETED = "hop_completed"
    RECOVERED = "recovered"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INPUT_REQUIRED = "input_required"
    WAITING = "waiting"
    RESPONDED = "responded"
    RETRIED = "retried"

    @property
    def ends(self) -> bool:
        """Say whether nothing more happens to the task by itself after this event."""
        return self in _ENDS


_ENDS = frozenset(
    {EventType.COMPLETED, EventType.FAILED, EventType.CANCELLED, EventType.INPUT_REQUIRED}
)


@dataclass(frozen=True, slots=True)
class ForkOrigin:
    """Where a fork goes on from, and what a reader sees of it before its own first hop.

    ``edits`` are the client's; the workflow, ``progress`` and the loops left come from the state
    that they make of the checkpoint.
    """

    task_id: str
    checkpoint_id: str
    edits: Mapping[str, Any]
    workflow: str
    progress: Progress
    remaining_loops: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What a client asks for, validated; ``fork`` is set when it is to go on from a checkpoint."""

    text: str
    correlation_id: str
    context_id: str = ""
    workflow: str = ""
    trace_parent: str = ""
    timeout_seconds: float = 0.0
    collection: str = ""
    fork: ForkOrigin | None = None


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task as it is kept; ``progress`` is what a reader sees of its state.

    ``question`` waits for a person; ``answers`` are those to its questions, by their call ids.
    """

    task_id: str
    correlation_id: str
    request_digest: str
    context_id: str
    text: str
    requested_workflow: str
    status: TaskStatus
    workflow: str
    progress: Progress
    remaining_loops: int
    failure_reason: str
    failure_message: str
    question: Question | None
    crashes: int
    trace_parent: str
    created_at: str
    updated_at: str
    forked_from_task_id: str
    forked_from_checkpoint_id: str
    fork_edits: Mapping[str, Any]
    deadline_at: str
    answers: Mapping[str, Answer]
    collection: str

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> TaskRecord:
        """Read a row of columns: texts, numbers, and JSON as text."""
        values = dict(row)
        values["status"] = TaskStatus(values["status"])
        values["progress"] = Progress.from_json(values["progress"])
        values["fork_edits"] = json.loads(values["fork_edits"])
        values["question"] = question_of_column(values["question"])
        values["answers"] = answers_of_column(values["answers"])
        return cls(**values)

    def to_row(self) -> dict[str, Any]:
        """Return the row that `from_row` reads."""
        row = {each.name: getattr(self, each.name) for each in fields(self)}
        row["status"] = self.status.value
        row["progress"] = self.progress.to_json()
        row["fork_edits"] = write_json(self.fork_edits, ensure_ascii=False)
        row["question"] = question_column(self.question)
        row["answers"] = answers_column(self.answers)
        return row


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event without its sequence, which the log gives it."""

    task_id: str
    type: EventType
    at: str
    hop_index: int = 0
    role: str = ""
    attempt: int = 0
    remaining_loops: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self, position: int, sequence: int) -> TaskEvent:
        """Return the event with its place in the log and its sequence."""
        return TaskEvent(
            position,
            self.task_id,
            sequence,
            self.type,
            self.at,
            self.hop_index,
            self.role,
            self.attempt,
            self.remaining_loops,
            self.detail,
        )

    def to_row(self) -> dict[str, Any]:
        """Return the parameters of the ``append_event`` query."""
        return {
            "task_id": self.task_id,
            "type": self.type.value,
            "at": self.at,
            "hop_index": self.hop_index,
            "role": self.role,
            "attempt": self.attempt,
            "remaining_loops": self.remaining_loops,
            "detail": write_json(self.detail, ensure_ascii=False),
        }


@dataclass(frozen=True, slots=True)
class TaskEvent:
    """A durable event; ``sequence`` is gapless from 1 in its task.

    ``position`` grows over all tasks in the order of their commits, with gaps.
    """

    position: int
    task_id: str
    sequence: int
    type: EventType
    at: str
    hop_index: int
    role: str
    attempt: int
    remaining_loops: int
    detail: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> TaskEvent:
        """Read a row of columns: texts, numbers, and JSON as text."""
        values = dict(row)
        values["type"] = EventType(values["type"])
        values["detail"] = json.loads(values["detail"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list; an empty text means any. ``before`` is the page token."""

    status: str = ""
    workflow: str = ""
    context_id: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """How a task ended, and the words for it; ``question`` is what it asks a person."""

    status: TaskStatus
    event: EventType
    reason: str = ""
    message: str = ""
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Which tasks are due: of one of ``statuses``, unchanged for ``older_than``."""

    older_than: timedelta
    statuses: Collection[TaskStatus] = (
        TaskStatus.COMPLETED,
        TaskStatus.FAILED,
        TaskStatus.CANCELLED,
    )

    def before(self, now: str) -> str:
        """Return the time at which a task that is due changed last, or earlier."""
        then = datetime.fromisoformat(now) - self.older_than
        return then.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted, or would be; ``more`` says that more tasks are due."""

    tasks: int = 0
    events: int = 0
    checkpoints: int = 0
    task_ids: Sequence[str] = ()
    more: bool = False
