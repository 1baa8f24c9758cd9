"""The engine: generations in order, each under its call id, on the one thread of the model."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from core.errors import IdentifierReused, LimitExceeded, MeshError, Unavailable
from llm_service.generation import Generation
from llm_service.prompt import Finished, Prompt
from shared import failpoints

_MAX_KEPT = 2048
_log = logging.getLogger(__name__)


class Backend(Protocol):
    """What computes, blocking, on the engine's thread."""

    def generate(
        self, prompt: Prompt, on_text: Callable[[str], None], should_stop: Callable[[], bool]
    ) -> Finished | None:
        """Generate; None when ``should_stop`` said so. Raises: InvalidInput."""
        ...


class Engine:
    """Runs generations first come, first served, and keeps the finished ones for a while.

    A call id names one generation: asked for again, it is joined where it stands, or given back
    whole. A running generation goes on when its reader leaves, for a reader that comes back.
    """

    def __init__(self, backend: Backend, *, queue_limit: int, kept_seconds: float) -> None:
        """Generate with ``backend``; at most ``queue_limit`` calls wait."""
        self._backend = backend
        self._kept_seconds = kept_seconds
        self._queue: asyncio.Queue[tuple[str, Generation]] = asyncio.Queue(queue_limit)
        self._generations: dict[str, Generation] = {}
        self._finished: OrderedDict[str, float] = OrderedDict()
        self._stop = threading.Event()
        self._draining = False

    async def stream(
        self, call_id: str, prompt: Prompt, from_character: int = 0
    ) -> AsyncGenerator[str | Finished, None]:
        """Yield the text of a call id's generation from a character on, and how it finished.

        Raises: IdentifierReused, LimitExceeded (the queue is full), Unavailable (draining), or
        what the generation failed with.
        """
        generation = self._open(call_id, prompt)
        async with contextlib.aclosing(generation.follow(from_character)) as pieces:
            async for piece in pieces:
                yield piece

    def cancel(self, prefix: str) -> int:
        """Stop the generations whose call ids start with ``prefix``; return how many."""
        stopped = [
            call_id
            for call_id, generation in self._generations.items()
            if call_id.startswith(prefix) and not generation.ended
        ]
        for call_id in stopped:
            self._generations.pop(call_id).cancel()
        return len(stopped)

    async def work(self) -> None:
        """Generate until cancelled; the running generation then fails as Unavailable."""
        with ThreadPoolExecutor(1, thread_name_prefix="llm") as thread:
            try:
                while True:
                    call_id, generation = await self._queue.get()
                    await self._generate(thread, call_id, generation)
            finally:
                self._stop.set()
                for generation in self._generations.values():
                    generation.end(Unavailable("the LLM service stops"))

    async def drain(self) -> None:
        """Take nothing new from now on."""
        self._draining = True

    def _open(self, call_id: str, prompt: Prompt) -> Generation:
        """Return the generation of a call id, queued if it is new."""
        self._forget_old()
        known = self._generations.get(call_id)
        if known is not None:
            if known.prompt.digest != prompt.digest:
                raise IdentifierReused(f"call id {call_id!r} was used for another prompt")
            return known
        if self._draining:
            raise Unavailable("the LLM service drains")
        generation = Generation(prompt)
        try:
            self._queue.put_nowait((call_id, generation))
        except asyncio.QueueFull:
            raise LimitExceeded(f"{self._queue.maxsize} generations wait already") from None
        self._generations[call_id] = generation
        return generation

    async def _generate(
        self, thread: ThreadPoolExecutor, call_id: str, generation: Generation
    ) -> None:
        if generation.cancelled.is_set():
            return
        if generation.readers == 0:
            # Nobody waits and nothing was paid for it yet: who comes back asks again.
            self._fail(call_id, generation, Unavailable("the caller left before the start"))
            return
        await failpoints.pause("llm.before_generate")
        loop = asyncio.get_running_loop()

        def on_text(text: str) -> None:
            failpoints.hit("llm.during_generate")
            loop.call_soon_threadsafe(generation.append, text)

        def should_stop() -> bool:
            return self._stop.is_set() or generation.cancelled.is_set()

        try:
            end = await loop.run_in_executor(
                thread, self._backend.generate, generation.prompt, on_text, should_stop
            )
        except MeshError as error:
            self._fail(call_id, generation, error)
        except Exception as error:  # noqa: BLE001 - one generation must not stop the others
            _log.exception("generation %s failed", call_id)
            self._fail(call_id, generation, MeshError(f"unexpected {type(error).__name__}"))
        else:
            if generation.cancelled.is_set():
                return
            if end is None:
                self._fail(call_id, generation, Unavailable("the LLM service stops"))
            else:
                await failpoints.pause("llm.after_generate")
                generation.end(end)
                self._finished[call_id] = time.monotonic()

    def _fail(self, call_id: str, generation: Generation, error: MeshError) -> None:
        """End with an error, which is not kept: the same call may be tried again."""
        self._generations.pop(call_id, None)
        generation.end(error)

    def _forget_old(self) -> None:
        oldest = time.monotonic() - self._kept_seconds
        while self._finished:
            call_id, finished = next(iter(self._finished.items()))
            if finished > oldest and len(self._finished) <= _MAX_KEPT:
                return
            del self._finished[call_id]
            del self._generations[call_id]
