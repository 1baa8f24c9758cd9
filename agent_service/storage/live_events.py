"""Events on their way to those who watch, in memory; the log has what does not fit."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from agent_service.storage.records import TaskEvent

_BUFFERED = 128

Order = Callable[[TaskEvent], int]
ALL_TASKS = ""
"""In the place of a task's id: the events of all of them."""


class LiveEvents:
    """What one watcher has not taken yet, in memory and bounded; past the bound the log has it."""

    def __init__(self, order: Order) -> None:
        """Start empty; ``order`` numbers the events of the watcher."""
        self._order = order
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

    def take(self, start: int) -> list[TaskEvent] | None:
        """Return the events from number ``start`` on; None when the log must be read."""
        taken = [event for event in self._buffer if self._order(event) >= start]
        gap = self._overflown or _has_gap([self._order(event) for event in taken], start)
        self._buffer.clear()
        self._overflown = False
        self._arrived.clear()
        return None if gap else taken

    async def wait(self) -> None:
        """Wait until something may have happened."""
        await self._arrived.wait()


class Broadcast:
    """Hands durable events to those who watch one task, or all of them."""

    def __init__(self) -> None:
        """Start with nobody who watches."""
        self._watchers: defaultdict[str, set[LiveEvents]] = defaultdict(set)

    def publish(self, events: Sequence[TaskEvent]) -> None:
        """Hand durable events to those who watch; a slow one slows nobody."""
        for event in events:
            for task_id in (event.task_id, ALL_TASKS):
                for watcher in self._watchers.get(task_id, ()):
                    watcher.offer(event)

    def wake_all(self) -> None:
        """Wake every watcher (the agent stops)."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.wake()

    @contextmanager
    def watch(self, task_id: str) -> Iterator[LiveEvents]:
        """Collect the events of a task from now on, by sequence; of `ALL_TASKS` by position."""
        live = LiveEvents(_position if task_id == ALL_TASKS else _sequence)
        self._watchers[task_id].add(live)
        try:
            yield live
        finally:
            self._watchers[task_id].discard(live)
            if not self._watchers[task_id]:
                del self._watchers[task_id]


def _has_gap(numbers: Sequence[int], start: int) -> bool:
    """Say whether something between ``start`` and the numbers, which shall count up, is missing."""
    return list(numbers) != list(range(start, start + len(numbers)))


def _sequence(event: TaskEvent) -> int:
    return event.sequence


def _position(event: TaskEvent) -> int:
    return event.position
