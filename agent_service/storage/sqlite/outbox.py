"""What a checkpoint causes: the task's progress and its events, in the same transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from agent_service.storage.progress import Progress
from agent_service.storage.records import EventType, NewEvent, TaskEvent
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import check_running
from core.hops import LEFT_OUT
from core.ports import Clock
from core.roles.router import ROUTER
from core.roles.spec import RoleSpec
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
        hops = saved.values.get("hops", [])
        # The first checkpoint of a fork completes no hop: those in it were completed elsewhere.
        if "hops" not in saved.changed or len(hops) <= saved.values.get("inherited_hops", 0):
            return []
        check_running(connection, saved.task_id)
        at = self._clock.now_iso()
        connection.execute(QUERIES["save_progress"], _progress_row(saved, at))
        transaction = Transaction(connection)
        for event in _events_of(saved, at, self._workflows):
            transaction.append(event)
        return transaction.events

    def committed(self, written: Sequence[TaskEvent]) -> None:
        """Hand the events to those who watch the task."""
        self._events.publish(written)


def _progress_row(saved: SavedCheckpoint, at: str) -> dict[str, Any]:
    values = saved.values
    return {
        "task_id": saved.task_id,
        "progress": Progress.of_state(values).to_json(),
        "workflow": values.get("workflow", ""),
        "remaining_loops": values["remaining_loops"],
        "at": at,
    }


def _events_of(saved: SavedCheckpoint, at: str, workflows: Workflows) -> list[NewEvent]:
    hop = saved.values["hops"][-1]
    role = workflows.role(hop["role"])
    remaining = saved.values["remaining_loops"]
    common = {"hop_index": hop["index"], "role": hop["role"], "attempt": hop["attempt"]}
    completed = NewEvent(
        saved.task_id,
        EventType.HOP_COMPLETED,
        at,
        remaining_loops=remaining,
        detail={**_seen(role, saved.values), **_left_out(saved.values)},
        **common,
    )
    if hop["role"] != ROUTER:
        return [completed]
    routed = NewEvent(
        saved.task_id,
        EventType.ROUTED,
        at,
        remaining_loops=remaining,
        detail={
            "workflow": saved.values["workflow"],
            "confidence": saved.values["route_confidence"],
            "reason": saved.values["route_reason"],
            "scores": saved.values.get("route_scores", {}),
        },
        **common,
    )
    return [routed, completed]


def _seen(role: RoleSpec | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the role lets a watcher see, but for the key that is the frame's."""
    seen = role.seen(values) if role else {}
    return {name: value for name, value in seen.items() if name != LEFT_OUT}


def _left_out(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hop's message says that the model did not see."""
    said = values["messages"][-1].get(LEFT_OUT) if values.get("messages") else None
    return {LEFT_OUT: said} if said else {}
