"""The thread that owns the context: it takes jobs in and steps as long as there are some."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from core.errors import LimitExceeded, MeshError, Unavailable
from llm_service.backends.backend import EngineStatistics
from llm_service.backends.llama.handover import Handover
from llm_service.backends.llama.job import Item, Job
from llm_service.backends.llama.slots import Slots
from shared import failpoints

_STATISTICS_SECONDS = 0.1
_JOIN_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Worker:
    """Runs the slots in a thread of its own; made and used on the event loop.

    ``died`` is done once the thread has failed: nothing is computed any more then.
    """

    def __init__(self, slots: Slots, *, queue_limit: int) -> None:
        """Start the thread; at most ``queue_limit`` jobs wait for a slot."""
        self._slots = slots
        self._queue_limit = queue_limit
        self._most = slots.count + queue_limit
        self._loop = asyncio.get_running_loop()
        self.died: asyncio.Future[BaseException] = self._loop.create_future()
        self._changed = threading.Condition()
        self._inbox: deque[Job] = deque()
        self._stopping = False
        self._handover = Handover()
        self._statistics = slots.statistics()
        self._noted = 0.0
        self._steps = self._steps_seen = 0
        self._computing = False
        self._thread = threading.Thread(target=self._run, name="llama", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Take a job in. Raises: LimitExceeded (the queue is full), Unavailable."""
        with self._changed:
            if self._stopping:
                raise Unavailable("the LLM engine has stopped")
            if self._slots.held + len(self._inbox) >= self._most:
                raise LimitExceeded(
                    f"{self._queue_limit} generations wait already: ask again later, or raise "
                    "LLM_QUEUE_LIMIT or LLM_SLOTS"
                )
            self._inbox.append(job)
            self._changed.notify()

    def statistics(self) -> EngineStatistics:
        """Return how busy the slots are, at most a tenth of a second or a step old."""
        return replace(self._statistics, waiting=max(0, self._slots.waiting + len(self._inbox)))

    def in_same_step(self) -> bool:
        """Return whether the thread is in the step that it was in when this was asked last."""
        before, self._steps_seen = self._steps_seen, self._steps
        return self._computing and before == self._steps

    async def stop(self) -> bool:
        """End the thread; what it still holds fails as Unavailable.

        False: it is in a step that does not end, and may still use context and model.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join, _JOIN_SECONDS)
        return not self._thread.is_alive()

    def _run(self) -> None:
        failure: BaseException | None = None
        try:
            while self._take_in():
                self._steps += 1
                self._computing = True
                failpoints.hit("llm.step")
                self._slots.step(self._handover.add)
                self._computing = False
                self._note_statistics()
                self._deliver()
        except BaseException as error:  # noqa: BLE001 - every end of this thread must be known
            _log.critical("the LLM engine's thread failed", exc_info=error)
            failure = error
        self._end(failure)

    def _take_in(self) -> bool:
        """Wait for work; return whether to go on."""
        with self._changed:
            while not self._inbox and self._slots.idle and not self._stopping:
                self._changed.wait()
            self._fill()
            return not self._stopping

    def _note_statistics(self) -> None:
        now = time.monotonic()
        if self._slots.idle or now > self._noted + _STATISTICS_SECONDS:
            self._statistics = self._slots.statistics()
            self._noted = now

    def _fill(self) -> None:
        while self._inbox:
            self._slots.add(self._inbox.popleft())

    def _end(self, failure: BaseException | None) -> None:
        with self._changed:
            self._stopping = True
            self._fill()
        text = "the LLM service stops" if failure is None else "the LLM engine's thread failed"
        error: MeshError = Unavailable(text)
        self._slots.release_all(self._handover.add, error)
        self._deliver()
        if failure is not None:
            self._call(lambda: self._note_death(failure))

    def _note_death(self, failure: BaseException) -> None:
        if not self.died.done():
            self.died.set_result(failure)

    def _deliver(self) -> None:
        items = self._handover.take()
        if items:
            self._call(lambda: _hand_out(items))

    def _call(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            _log.info("the event loop closed before the LLM engine's thread")


def _hand_out(items: list[tuple[Job, Item]]) -> None:
    for job, item in items:
        job.items.put_nowait(item)
