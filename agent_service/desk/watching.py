"""Following a task's events, and what is being generated for it, live from any sequence on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from agent_service.running.live_text import GeneratedText, LiveTexts, TextReader
from agent_service.storage.live_events import ALL_TASKS, LiveEvents
from agent_service.storage.ports import BATCH, EventLog, TaskReader
from agent_service.storage.records import EventType, TaskEvent
from core.errors import InvalidInput, Unavailable

_LOOK_SECONDS = 5.0

ReadFrom = Callable[[int], Awaitable[list[TaskEvent]]]
"""Reads the next events from a number on."""


class TaskWatcher:
    """Streams events: those of the past from the log, the others as they become durable."""

    def __init__(
        self, tasks: TaskReader, events: EventLog, texts: LiveTexts, draining: Callable[[], bool]
    ) -> None:
        """End streams with UNAVAILABLE once ``draining`` says so."""
        self._texts = texts
        self._tasks = tasks
        self._events = events
        self._draining = draining

    async def check_sequence(self, task_id: str, from_sequence: int) -> None:
        """Refuse a sequence that lies past the end by more than one. Raises: InvalidInput."""
        last = await self._events.last_sequence(task_id)
        if from_sequence > last + 1:
            raise InvalidInput(
                f"from_sequence {from_sequence} is past the end: the last event is {last}",
                "from_sequence",
            )

    async def check_position(self, from_position: int) -> None:
        """Refuse a position that lies past the end by more than one. Raises: InvalidInput."""
        last = await self._events.last_position()
        if from_position > last + 1:
            raise InvalidInput(
                f"from_position {from_position} is past the end: the last event is at {last}",
                "from_position",
            )

    async def watch_all(self, from_position: int) -> AsyncIterator[TaskEvent]:
        """Yield the events of all tasks, in the order of their commits, without end.

        Raises: Unavailable when the agent stops; the watcher comes back with the next position.
        """
        position = max(1, from_position)
        with self._events.watch(ALL_TASKS) as live:
            batch = await self._events.read_all(position)
            while True:
                for event in batch:
                    yield event
                    position = event.position + 1
                if len(batch) >= BATCH:
                    batch = await self._events.read_all(position)
                else:
                    batch = await self._next(position, live, self._events.read_all)

    async def watch(
        self, task_id: str, from_sequence: int
    ) -> AsyncIterator[TaskEvent | GeneratedText]:
        """Yield events until the task has ended and all were yielded, and text as it comes.

        Who is slow gets longer pieces of text, and none of a hop that is completed.
        Raises: Unavailable when the agent stops; the watcher comes back with the next sequence.
        """
        position = max(1, from_sequence)
        read = partial(self._events.read, task_id)
        with (
            self._events.watch(task_id) as live,
            self._texts.read(task_id, live.wake) as texts,
        ):
            batch = await read(position)
            while True:
                for event in batch:
                    yield event
                    position = event.sequence + 1
                    if event.type is EventType.HOP_COMPLETED:
                        texts.skip_to(event.hop_index + 1)
                if len(batch) >= BATCH:
                    batch = await read(position)
                elif (not batch or batch[-1].type.ends) and await self._ended(task_id):
                    # The status was read before the events: an ended task appends no more.
                    batch = await read(position)
                    if not batch:
                        return
                else:
                    batch = await self._next(position, live, read, texts)
                    while not batch and (pieces := texts.take()):
                        for piece in pieces:
                            yield piece
                        batch = await self._next(position, live, read, texts)

    async def _ended(self, task_id: str) -> bool:
        return (await self._tasks.get(task_id)).status.ended

    async def _next(
        self, position: int, live: LiveEvents, read: ReadFrom, texts: TextReader | None = None
    ) -> list[TaskEvent]:
        """Wait for events, and look into the log after a while in any case; none: there is text."""
        while True:
            taken = live.take(position)
            if taken is None:
                return await read(position)
            if taken:
                return taken
            if texts is not None and texts.has_more:
                return []
            if self._draining():
                raise Unavailable("the agent is stopping; watch again from the next event")
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await live.wait()
            except TimeoutError:
                return await read(position)
