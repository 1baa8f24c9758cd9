"""Following a task's events, live, from any sequence on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from agent_service.storage.events import EventLog
from agent_service.storage.records import TaskEvent
from agent_service.storage.tasks import TaskStore
from core.errors import InvalidInput, Unavailable


class TaskWatcher:
    """Streams events from the log; between two of them it waits for an announcement."""

    def __init__(self, tasks: TaskStore, events: EventLog, draining: Callable[[], bool]) -> None:
        """End streams with UNAVAILABLE once ``draining`` says so."""
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

    async def watch(self, task_id: str, from_sequence: int) -> AsyncIterator[TaskEvent]:
        """Yield events until the task has ended and all were yielded.

        Raises: Unavailable when the agent stops; the watcher comes back with the next sequence.
        """
        position = max(1, from_sequence)
        while True:
            changed = self._events.change_of(task_id)
            # The status is read before the events: an ended task appends no more.
            ended = (await self._tasks.get(task_id)).status.ended
            batch = await self._events.read(task_id, position)
            for event in batch:
                yield event
            if batch:
                position = batch[-1].sequence + 1
                continue
            if ended:
                return
            if self._draining():
                raise Unavailable("the agent is stopping; watch again from the next sequence")
            await _wait(changed)


async def _wait(changed: asyncio.Event) -> None:
    """Wait for an announcement, and look again after a while in any case."""
    try:
        async with asyncio.timeout(5.0):
            await changed.wait()
    except TimeoutError:
        return
