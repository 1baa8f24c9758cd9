"""What the agent needs of its storage, as Protocols that name no driver.

Everything that changes something is durable on return. What a running task writes waits while the
disk takes nothing; what a client asks for is refused then (StorageUnwritable).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from langgraph.checkpoint.base import BaseCheckpointSaver

from agent_service.storage.live_events import LiveEvents
from agent_service.storage.records import (
    NewEvent,
    Pruned,
    Retention,
    Submission,
    TaskEnd,
    TaskEvent,
    TaskFilter,
    TaskRecord,
)
from core.errors import MeshError
from core.ports import Answer, HopJournal

BATCH = 200
"""The most events that one read of a log returns."""

MOST_PRUNED = 500
"""The most tasks that one call deletes."""


class OwnershipLost(MeshError):
    """Another agent process took the storage over; this one must not write to it."""

    code = "ABORTED"
    reason = "OWNERSHIP_LOST"


class TaskQueue(Protocol):
    """Takes tasks in, and hands them out, oldest first."""

    async def submit(self, submission: Submission) -> TaskRecord:
        """Keep a task with its event, or return the one of the same request.

        Raises: IdentifierReused, LimitExceeded (the queue is full), StorageUnwritable.
        """
        ...

    async def claim_oldest(self) -> TaskRecord | None:
        """Mark the oldest queued task as running and return it; None when none waits."""
        ...

    async def overdue(self) -> list[str]:
        """Return the tasks in the queue whose deadline has passed."""
        ...

    def stop_waiting(self) -> None:
        """Let running tasks wait no longer for a disk that takes nothing (the agent stops)."""
        ...


class TaskLives(Protocol):
    """Changes where a task stands, each time with the event that tells of it."""

    async def recover(self, task: TaskRecord, *, crashed: bool) -> None:
        """Hand a task that was running back to the queue."""
        ...

    async def end(self, task_id: str, end: TaskEnd, *, patient: bool = True) -> TaskRecord:
        """End a task. Raises: NotFound, WrongState when it has ended before."""
        ...

    async def respond(self, task_id: str, answer: Answer, call_id: str = "") -> TaskRecord:
        """Answer a question of a task and hand it back to the queue.

        ``call_id`` names the question; empty: the one that waits. The same answer to the same
        question again changes nothing. Raises: NotFound, InvalidInput when the question takes
        another kind of answer, WrongState when it does not wait or was answered otherwise,
        StorageUnwritable.
        """
        ...

    async def retry(self, task_id: str, timeout_seconds: float = 0.0) -> TaskRecord:
        """Hand a failed task back to the queue: it goes on after its last completed hop.

        Raises: NotFound, WrongState when it has not failed, StorageUnwritable.
        """
        ...

    async def record(self, event: NewEvent) -> None:
        """Append an event that changes nothing else. Raises: NotFound, WrongState."""
        ...


class TaskReader(Protocol):
    """Reads tasks as of the last change."""

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task. Raises: NotFound."""
        ...

    async def page(self, wanted: TaskFilter, page_size: int) -> list[TaskRecord]:
        """Return at most ``page_size`` tasks, newest first."""
        ...

    async def unfinished(self) -> list[TaskRecord]:
        """Return every task that has not ended, oldest first."""
        ...


class EventLog(Protocol):
    """Reads events, and hands the new ones to those who watch."""

    async def read(self, task_id: str, from_sequence: int) -> list[TaskEvent]:
        """Return the next events of a task, at most `BATCH`."""
        ...

    async def read_all(self, from_position: int) -> list[TaskEvent]:
        """Return the next events of all tasks, at most `BATCH`."""
        ...

    async def last_sequence(self, task_id: str) -> int:
        """Return the sequence of the last event; 0 when there is none."""
        ...

    async def last_position(self) -> int:
        """Return the position of the last event of all tasks; 0 when there is none."""
        ...

    def watch(self, task_id: str) -> AbstractContextManager[LiveEvents]:
        """Collect the events of a task from now on; of all tasks for `ALL_TASKS`."""
        ...

    def wake_all(self) -> None:
        """Wake every watcher (the agent stops)."""
        ...


class TaskPruner(Protocol):
    """Deletes tasks that ended long ago, each whole."""

    async def count(self, retention: Retention) -> Pruned:
        """Return what is due."""
        ...

    async def prune(self, retention: Retention, spares: Callable[[str], bool]) -> Pruned:
        """Delete tasks that are due, but those it ``spares``: of the `MOST_PRUNED` oldest ones.

        A fork that has not begun is made from a checkpoint of its origin, which therefore stays.
        """
        ...


@dataclass(frozen=True, slots=True)
class Storage:
    """All of it, opened."""

    queue: TaskQueue
    lives: TaskLives
    tasks: TaskReader
    journal: HopJournal
    events: EventLog
    pruner: TaskPruner
    checkpointer: BaseCheckpointSaver[Any]
    release: Callable[[str], None]
    """Frees the memory that the checkpoints of a task take, because it ended or rests."""
