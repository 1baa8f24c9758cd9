"""The event log as lists: gapless in each task, and followed live by watchers."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from agent_service.storage.live_events import Broadcast
from agent_service.storage.ports import BATCH
from agent_service.storage.records import EventType, NewEvent, TaskEvent


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event with its numbers, and the row that is kept of it."""

    event: TaskEvent
    row: dict[str, Any]


class MemoryEventLog:
    """`agent_service.storage.ports.EventLog` in memory, and the door for all that appends."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: list[dict[str, Any]] = []
        self._of_task: dict[str, list[dict[str, Any]]] = {}
        self._last_position = 0
        self._broadcast = Broadcast()
        self.watch = self._broadcast.watch
        self.wake_all = self._broadcast.wake_all

    def prepare(self, events: Sequence[NewEvent]) -> list[Prepared]:
        """Return the next events of one task, numbered, for `append` right after this.

        Raises: ValueError, TypeError for a detail that is no JSON; nothing has changed then.
        """
        prepared = []
        for number, event in enumerate(events, 1):
            position = self._last_position + number
            sequence = self.count([event.task_id]) + number
            row = {"position": position, "sequence": sequence, **event.to_row()}
            prepared.append(Prepared(event.numbered(position, sequence), row))
        return prepared

    def append(self, prepared: Sequence[Prepared]) -> None:
        """Append what was prepared, and hand it to those who watch."""
        for each in prepared:
            self._rows.append(each.row)
            self._of_task.setdefault(each.event.task_id, []).append(each.row)
            self._last_position = each.event.position
        self._broadcast.publish([each.event for each in prepared])

    def count(self, task_ids: Collection[str]) -> int:
        """Return how many events tasks have."""
        return sum(len(self._of_task.get(task_id, ())) for task_id in task_ids)

    def starts_of(self, task_id: str, hop_index: int) -> tuple[int, str]:
        """Return how often a hop was started, and the skill that the starts named, if any."""
        started = [
            row
            for row in self._of_task.get(task_id, ())
            if row["type"] == EventType.HOP_STARTED and row["hop_index"] == hop_index
        ]
        skills = [json.loads(row["detail"]).get("skill", "") for row in started]
        return len(started), max(skills, default="")

    def forget(self, task_ids: Collection[str]) -> None:
        """Delete the events of tasks; no position is given twice."""
        for task_id in task_ids:
            self._of_task.pop(task_id, None)
        self._rows = [row for row in self._rows if row["task_id"] in self._of_task]

    async def read(self, task_id: str, from_sequence: int) -> list[TaskEvent]:
        """Return the next events of a task, at most `BATCH`."""
        start = max(0, from_sequence - 1)
        rows = self._of_task.get(task_id, [])[start : start + BATCH]
        return [TaskEvent.from_row(row) for row in rows]

    async def read_all(self, from_position: int) -> list[TaskEvent]:
        """Return the next events of all tasks, at most `BATCH`."""
        start = bisect_left(self._rows, from_position, key=lambda row: int(row["position"]))
        return [TaskEvent.from_row(row) for row in self._rows[start : start + BATCH]]

    async def last_sequence(self, task_id: str) -> int:
        """Return the sequence of the last event; 0 when there is none."""
        return self.count([task_id])

    async def last_position(self) -> int:
        """Return the position of the last event of all tasks; 0 when there is none."""
        return int(self._rows[-1]["position"]) if self._rows else 0
