"""The event log: durable, gapless, and followed live by watchers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict

from agent_service.storage.queries import QUERIES
from agent_service.storage.records import NewEvent, TaskEvent
from core.database import Database

_BATCH = 200


class EventLog:
    """Reads and appends events. Watchers read from the log, so a slow one slows nobody."""

    def __init__(self, database: Database) -> None:
        """Keep events in ``database``."""
        self._database = database
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    @staticmethod
    def append(connection: sqlite3.Connection, event: NewEvent) -> None:
        """Append within the caller's transaction; call `announce` once it is committed."""
        connection.execute(QUERIES["append_event"], event.to_row())

    def announce(self, task_id: str) -> None:
        """Wake those who wait for events of a task."""
        changed = self._changed.pop(task_id, None)
        if changed is not None:
            changed.set()

    def announce_all(self) -> None:
        """Wake every waiter (the agent stops)."""
        for task_id in list(self._changed):
            self.announce(task_id)

    def change_of(self, task_id: str) -> asyncio.Event:
        """Return what is set at the next announcement; take it before reading the log."""
        return self._changed[task_id]

    async def read(self, task_id: str, from_sequence: int) -> list[TaskEvent]:
        """Return the next events from ``from_sequence`` on, at most 200."""
        parameters = (task_id, from_sequence, _BATCH)
        rows = await self._database.read(QUERIES["events_from"], parameters)
        return [TaskEvent.from_row(row) for row in rows]

    async def last_sequence(self, task_id: str) -> int:
        """Return the sequence of the last event; 0 when there is none."""
        rows = await self._database.read(QUERIES["last_sequence"], (task_id,))
        return int(rows[0][0]) if rows else 0
