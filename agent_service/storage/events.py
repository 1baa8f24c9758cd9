"""The event log: durable, gapless, and followed live by watchers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from agent_service.storage.queries import QUERIES
from agent_service.storage.records import NewEvent, TaskEvent
from shared.sqlite import Database

BATCH = 200
_BUFFERED = 128
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


class LiveEvents:
    """What one watcher has not taken yet, in memory and bounded; past the bound the log has it."""

    def __init__(self) -> None:
        """Start empty."""
        self._buffer: deque[TaskEvent] = deque()
        self._overflown = False
        self._arrived = asyncio.Event()

    def offer(self, event: TaskEvent) -> None:
        """Add a durable event; never waits."""
        if len(self._buffer) == _BUFFERED:
            self._buffer.clear()
            self._overflown = True
        self._buffer.append(event)
        self._arrived.set()

    def wake(self) -> None:
        """Let the watcher look around."""
        self._arrived.set()

    def take(self, position: int) -> list[TaskEvent] | None:
        """Return the events from sequence ``position`` on; None when the log must be read."""
        taken = [event for event in self._buffer if event.sequence >= position]
        gap = self._overflown or bool(taken and taken[0].sequence > position)
        self._buffer.clear()
        self._overflown = False
        self._arrived.clear()
        return None if gap else taken

    async def wait(self) -> None:
        """Wait until something may have happened."""
        await self._arrived.wait()


class EventLog:
    """Reads and appends events, and hands the durable ones to those who watch."""

    def __init__(self, database: Database) -> None:
        """Keep events in ``database``."""
        self._database = database
        self._watchers: defaultdict[str, set[LiveEvents]] = defaultdict(set)

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

    def publish(self, events: Sequence[TaskEvent]) -> None:
        """Hand durable events to those who watch; a slow one slows nobody."""
        for event in events:
            for watcher in self._watchers.get(event.task_id, ()):
                watcher.offer(event)

    def wake_all(self) -> None:
        """Wake every watcher (the agent stops)."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()

    @contextmanager
    def watch(self, task_id: str) -> Iterator[LiveEvents]:
        """Collect the events of a task from now on."""
        live = LiveEvents()
        self._watchers[task_id].add(live)
        try:
            yield live
        finally:
            self._watchers[task_id].discard(live)
            if not self._watchers[task_id]:
                del self._watchers[task_id]

    async def read(self, task_id: str, from_sequence: int) -> list[TaskEvent]:
        """Return the next events from ``from_sequence`` on, at most 200."""
        parameters = (task_id, from_sequence, BATCH)
        rows = await self._database.read(QUERIES["events_from"], parameters)
        return [TaskEvent.from_row(row) for row in rows]

    async def last_sequence(self, task_id: str) -> int:
        """Return the sequence of the last event; 0 when there is none."""
        rows = await self._database.read(QUERIES["last_sequence"], (task_id,))
        return int(rows[0][0]) if rows else 0
