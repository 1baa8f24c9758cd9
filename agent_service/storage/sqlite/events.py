"""The event log: durable, gapless, and followed live by watchers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from agent_service.storage.live_events import Broadcast
from agent_service.storage.ports import BATCH
from agent_service.storage.records import NewEvent, TaskEvent
from agent_service.storage.sqlite.queries import QUERIES
from shared.sqlite import Database

T = TypeVar("T")


class Transaction:
    """A write in the making: the rows that it changes, and the events that tell of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Write through ``connection``."""
        self.connection = connection
        self.events: list[TaskEvent] = []

    def append(self, event: NewEvent) -> None:
        """Append an event with the next sequence of its task."""
        row = event.to_row()
        position, sequence = self.connection.execute(QUERIES["append_event"], row).fetchone()
        self.events.append(event.numbered(position, sequence))


class SqliteEventLog:
    """`agent_service.storage.ports.EventLog` in SQLite, and the door for all that appends."""

    def __init__(self, database: Database) -> None:
        """Keep events in ``database``."""
        self._database = database
        self._broadcast = Broadcast()
        self.publish = self._broadcast.publish
        self.watch = self._broadcast.watch
        self.wake_all = self._broadcast.wake_all

    async def write(self, work: Callable[[Transaction], T], *, patient: bool = False) -> T:
        """Do ``work`` in a transaction; its events reach the watchers once they are durable.

        Raises: what ``work`` raises; StorageUnwritable unless ``patient``; DataLoss.
        """

        def run(connection: sqlite3.Connection) -> tuple[T, list[TaskEvent]]:
            transaction = Transaction(connection)
            return work(transaction), transaction.events

        value, events = await self._database.write(run, patient=patient)
        self.publish(events)
        return value

    async def read(self, task_id: str, from_sequence: int) -> list[TaskEvent]:
        """Return the next events of a task, at most `BATCH`."""
        parameters = (task_id, from_sequence, BATCH)
        rows = await self._database.read(QUERIES["events_from"], parameters)
        return [TaskEvent.from_row(dict(row)) for row in rows]

    async def last_sequence(self, task_id: str) -> int:
        """Return the sequence of the last event; 0 when there is none."""
        rows = await self._database.read(QUERIES["last_sequence"], (task_id,))
        return int(rows[0][0]) if rows else 0

    async def read_all(self, from_position: int) -> list[TaskEvent]:
        """Return the next events of all tasks, at most `BATCH`."""
        rows = await self._database.read(QUERIES["events_of_all"], (from_position, BATCH))
        return [TaskEvent.from_row(dict(row)) for row in rows]

    async def last_position(self) -> int:
        """Return the position of the last event of all tasks; 0 when there is none."""
        rows = await self._database.read(QUERIES["last_position"])
        return int(rows[0][0])
