"""What a checkpoint causes: the task's progress and its events, in the same transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from agent_service.storage.hop_events import completed_hop
from agent_service.storage.records import TaskEvent
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import check_running
from core.ports import Clock
from core.workflows import Workflows
from shared.checkpointing import SavedCheckpoint


class CheckpointOutbox:
    """Turns every checkpoint that completes a hop into progress and events."""

    def __init__(self, events: SqliteEventLog, clock: Clock, workflows: Workflows) -> None:
        """Append to ``events`` what the roles of ``workflows`` let a watcher see."""
        self._workflows = workflows
        self._events = events
        self._clock = clock

    def write(self, connection: sqlite3.Connection, saved: SavedCheckpoint) -> list[TaskEvent]:
        """Write progress and events, and return the events (`shared.checkpointing.Outbox`).

        Raises: WrongState when the task was cancelled meanwhile; the checkpoint is undone too.
        """
        at = self._clock.now_iso()
        hop = completed_hop(saved.task_id, saved.values, saved.changed, at, self._workflows)
        if hop is None:
            return []
        check_running(connection, saved.task_id)
        connection.execute(QUERIES["save_progress"], {"task_id": saved.task_id, **hop.columns})
        transaction = Transaction(connection)
        for event in hop.events:
            transaction.append(event)
        return transaction.events

    def committed(self, written: Sequence[TaskEvent]) -> None:
        """Hand the events to those who watch the task."""
        self._events.publish(written)
