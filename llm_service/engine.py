"""The engine: each generation under its call id, whoever reads it, on whichever backend."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from core.errors import Cancelled, IdentifierReused, MeshError, Unavailable
from llm_service.backends.backend import Backend, EngineStatistics
from llm_service.kept_generation import KeptGeneration
from llm_service.prompt import Finished, Prompt, PromptMessage, TokenCounts
from llm_service.recent_calls import RecentCalls
from shared import failpoints

_MAX_KEPT = 2048
_log = logging.getLogger(__name__)


class Engine:
    """Runs each generation in a task of its own, and keeps the finished ones for a while.

    A call id names one generation: asked for again, it is joined where it stands, or given back
    whole. A generation that nobody reads any more is let go: at once while it has no text yet,
    else when ``unattended_seconds`` have passed or the last reader's deadline has.
    """

    def __init__(
        self, backend: Backend, *, kept_seconds: float, unattended_seconds: float = 30.0
    ) -> None:
        """Generate with ``backend``; a finished generation is kept for ``kept_seconds``."""
        self._backend = backend
        self._kept_seconds = kept_seconds
        self._unattended_seconds = unattended_seconds
        self._tasks = asyncio.TaskGroup()
        self._generations: dict[str, KeptGeneration] = {}
        self._finished: OrderedDict[str, float] = OrderedDict()
        self._recent = RecentCalls()
        self._draining = False

    async def __aenter__(self) -> Self:
        """Begin to take calls."""
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; what still runs fails as Unavailable."""
        self.abandon(Unavailable("the LLM service stops"))
        await self._tasks.__aexit__(None, None, None)

    async def stream(
        self,
        call_id: str,
        prompt: Prompt,
        from_character: int = 0,
        *,
        deadline_seconds: float = math.inf,
    ) -> AsyncGenerator[str | Finished, None]:
        """Yield the text of a call id's generation from a character on, and how it finished.

        ``deadline_seconds`` from now, the caller stops waiting. Raises: IdentifierReused,
        Unavailable (draining), or what the generation failed with.
        """
        generation = self._open(call_id, prompt)
        generation.wait_until(time.monotonic() + deadline_seconds)
        try:
            async with contextlib.aclosing(generation.follow(from_character)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._note_departure(call_id, generation)

    def cancel(self, prefix: str) -> int:
        """Stop the generations whose call ids start with ``prefix``; return how many."""
        stopped = [
            call_id
            for call_id, generation in self._generations.items()
            if call_id.startswith(prefix) and not generation.ended
        ]
        for call_id in stopped:
            self._stop(call_id, self._generations[call_id], "the generation was cancelled")
        return len(stopped)

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        """Count the tokens of prompts. Raises: InvalidInput, Unavailable."""
        return await self._backend.count_tokens(prompts)

    def statistics(self) -> EngineStatistics:
        """Return how busy the backend is, and what the last calls took."""
        return replace(self._backend.statistics(), recent=self._recent.means())

    def abandon(self, error: Unavailable) -> None:
        """Fail what runs with ``error`` and take nothing new: the backend is of no use any more."""
        self._draining = True
        for generation in self._generations.values():
            generation.stop(error)

    async def drain(self) -> None:
        """Take nothing new from now on."""
        self._draining = True

    def _open(self, call_id: str, prompt: Prompt) -> KeptGeneration:
        """Return the generation of a call id, started if it is new."""
        self._forget_old()
        known = self._generations.get(call_id)
        if known is not None:
            if known.prompt.digest != prompt.digest:
                raise IdentifierReused(f"call id {call_id!r} was used for another prompt")
            return known
        if self._draining:
            raise Unavailable("the LLM service drains")
        generation = self._generations[call_id] = KeptGeneration(prompt)
        generation.run(self._tasks.create_task(self._generate(call_id, generation)))
        return generation

    async def _generate(self, call_id: str, generation: KeptGeneration) -> None:
        try:
            await failpoints.pause("llm.before_generate")
            stream = self._backend.stream(generation.prompt)
            async with contextlib.aclosing(stream) as pieces:
                async for piece in pieces:
                    await self._take(call_id, generation, piece)
        except MeshError as error:
            self._fail(call_id, generation, error)
        except Exception as error:  # noqa: BLE001 - one generation must not stop the others
            _log.exception("generation %s failed", call_id)
            self._fail(call_id, generation, MeshError(f"unexpected {type(error).__name__}"))

    async def _take(self, call_id: str, generation: KeptGeneration, piece: str | Finished) -> None:
        if isinstance(piece, str):
            await failpoints.pause("llm.during_generate")
            generation.append(piece)
            return
        await failpoints.pause("llm.after_generate")
        generation.end(piece)
        self._recent.note(piece)
        self._finished[call_id] = time.monotonic()

    def _note_departure(self, call_id: str, generation: KeptGeneration) -> None:
        """Let a generation go that has lost its last reader, now or when its time is up."""
        if generation.readers or generation.ended:
            return
        left = generation.waited_for_until - time.monotonic()
        if not generation.has_text or left <= 0:
            self._let_go(call_id, generation)
            return
        wait = min(self._unattended_seconds, left)
        asyncio.get_running_loop().call_later(wait, self._let_go, call_id, generation)

    def _let_go(self, call_id: str, generation: KeptGeneration) -> None:
        if not generation.readers and not generation.ended:
            self._stop(call_id, generation, "nobody waits for the generation any more")

    def _stop(self, call_id: str, generation: KeptGeneration, why: str) -> None:
        del self._generations[call_id]
        generation.stop(Cancelled(why))

    def _fail(self, call_id: str, generation: KeptGeneration, error: MeshError) -> None:
        """End with an error, which is not kept: the same call may be tried again."""
        if self._generations.get(call_id) is generation:
            del self._generations[call_id]
        generation.end(error)

    def _forget_old(self) -> None:
        oldest = time.monotonic() - self._kept_seconds
        while self._finished:
            call_id, finished = next(iter(self._finished.items()))
            if finished > oldest and len(self._finished) <= _MAX_KEPT:
                return
            del self._finished[call_id]
            del self._generations[call_id]
