"""The runner: claims queued tasks, oldest first, and takes each to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from agent_service.running.task_run import TaskRun
from agent_service.storage.ports import OwnershipLost, Storage
from agent_service.storage.records import EventType, TaskEnd, TaskRecord, TaskStatus
from core.asking import InputRequired
from core.errors import MeshError, StorageUnwritable, WrongState
from core.ports import Question

_log = logging.getLogger(__name__)
_EXPIRY_SECONDS = 1.0

StopCalls = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class _Running:
    """A task that runs, and the handle that drains it at the next hop."""

    work: asyncio.Task[None]
    control: RunControl = field(default_factory=RunControl)


class Runner:
    """Runs tasks with bounded concurrency until it is stopped."""

    def __init__(
        self,
        storage: Storage,
        run: TaskRun,
        max_running: int,
        stop_calls: StopCalls,
    ) -> None:
        """Run at most ``max_running`` tasks at once.

        ``stop_calls`` stops the calls of a task that ended before they did.
        """
        self._stop_calls = stop_calls
        self._storage = storage
        self._run = run
        self._places = asyncio.Semaphore(max_running)
        self._wake = asyncio.Event()
        self._running: dict[str, _Running] = {}
        self._draining = False

    @property
    def draining(self) -> bool:
        """Whether the runner takes nothing new."""
        return self._draining

    def is_running(self, task_id: str) -> bool:
        """Say whether a task is worked on, or still being cut after its end."""
        return task_id in self._running

    def notify(self) -> None:
        """Learn that a task may be waiting."""
        self._wake.set()

    async def work(self) -> None:
        """Claim and run tasks until it is cancelled or drained."""
        async with asyncio.TaskGroup() as group:
            while not self._draining:
                self._wake.clear()
                await self._places.acquire()
                task = await self._claim()
                if task is None:
                    self._places.release()
                    if not self._draining:
                        await self._wake.wait()
                    continue
                self._start(group, task)

    async def _claim(self) -> TaskRecord | None:
        if self._draining:
            return None
        try:
            return await self._storage.queue.claim_oldest()
        except StorageUnwritable:
            return None  # only once the agent stops: until then a claim waits for room

    async def drain(self, grace_seconds: float) -> None:
        """Take nothing new, let running hops finish for ``grace_seconds``, then cut them."""
        self._draining = True
        self._wake.set()
        works = [running.work for running in self._running.values()]
        for running in self._running.values():
            running.control.request_drain()
        if works:
            # Those that wait for room on the disk are cut too: they would wait for ever.
            _, cut = await asyncio.wait(works, timeout=grace_seconds)
            self._storage.queue.stop_waiting()
            for work in cut:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
        self._storage.queue.stop_waiting()
        self._storage.events.wake_all()

    async def cancel(self, task_id: str) -> TaskRecord:
        """End a task as cancelled and stop its work. Raises: NotFound, WrongState."""
        end = TaskEnd(TaskStatus.CANCELLED, EventType.CANCELLED)
        ended = await self._storage.lives.end(task_id, end, patient=False)
        running = self._running.get(task_id)
        if running is not None:
            running.work.cancel()
            await self._stop_calls(task_id)
        return ended

    async def expire(self) -> None:
        """End the tasks in the queue whose deadline passes, until it is cancelled."""
        while True:
            await asyncio.sleep(_EXPIRY_SECONDS)
            for task_id in await self._storage.queue.overdue():
                await self._end(task_id, _overdue())

    def _start(self, group: asyncio.TaskGroup, task: TaskRecord) -> None:
        control = RunControl()
        work = group.create_task(self._take(task, control), name=f"task {task.task_id}")
        self._running[task.task_id] = _Running(work, control)
        work.add_done_callback(lambda _: self._free(task.task_id))

    def _free(self, task_id: str) -> None:
        self._running.pop(task_id, None)
        self._places.release()
        self._wake.set()

    async def _take(self, task: TaskRecord, control: RunControl) -> None:
        """Run a task; whatever goes wrong ends the task and never the runner."""
        try:
            await self._run.to_end(task, control)
        except GraphDrained:
            _log.info("task %s waits for the next start", task.task_id)
        except OwnershipLost:
            _log.error("task %s belongs to another agent now", task.task_id)
        except StorageUnwritable as error:
            _log.warning("task %s waits for the next start: %s", task.task_id, error)
        except asyncio.CancelledError:
            # Cut by a cancellation or by the end of the grace period; both are recorded
            # elsewhere, and the group must not see one task's end as its own.
            _log.info("task %s was cut", task.task_id)
        except TimeoutError:
            await self._end(task.task_id, _overdue())
            await self._stop_calls(task.task_id)
        except InputRequired as asked:
            await self._end(task.task_id, _question(asked.question))
        except MeshError as error:
            await self._end(task.task_id, _failure(error.reason, str(error)))
        except Exception as error:  # noqa: BLE001 - one task must not stop the others
            _log.exception("task %s failed", task.task_id)
            await self._end(
                task.task_id, _failure("INTERNAL", f"unexpected {type(error).__name__}")
            )

    async def _end(self, task_id: str, end: TaskEnd) -> None:
        try:
            await self._storage.lives.end(task_id, end)
        except WrongState as error:
            _log.info("task %s had ended before: %s", task_id, error)
        except StorageUnwritable as error:
            _log.warning("the end of task %s could not be recorded: %s", task_id, error)


def _overdue() -> TaskEnd:
    return _failure("DEADLINE_EXCEEDED", "the task took longer than its timeout")


def _failure(reason: str, message: str) -> TaskEnd:
    return TaskEnd(TaskStatus.FAILED, EventType.FAILED, reason=reason, message=message)


def _question(question: Question) -> TaskEnd:
    return TaskEnd(TaskStatus.INPUT_REQUIRED, EventType.INPUT_REQUIRED, question=question)
