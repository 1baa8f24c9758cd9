"""Many requests of all kinds leave nothing behind, and each says what it says alone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random

import psutil

from core.errors import MeshError
from llm_service.backends.llama import LlamaBackend
from llm_service.engine import Engine
from llm_service.prompt import Finished, Prompt
from tests.random_prompts import Said, assert_nothing_left, draw_prompt, opened, said_alone

REQUESTS = int(os.environ.get("MESH_RANDOM_REQUESTS", "1000"))
SEED = int(os.environ.get("MESH_RANDOM_SEED", "5"))
AT_ONCE = 24


class Callers:
    """Callers of every kind, on one engine."""

    def __init__(self, engine: Engine, rng: random.Random) -> None:
        self.engine = engine
        self.rng = rng
        self.places = asyncio.Semaphore(AT_ONCE)
        self.ended = 0

    async def call(self, number: int, prompt: Prompt, expected: Said) -> None:
        kinds = (self.stay, self.stay, self.leave, self.return_, self.cancel, self.time_out)
        kind = self.rng.choice(kinds)
        async with self.places:
            await kind(f"task{number}:call", prompt, expected)

    async def stay(self, call_id: str, prompt: Prompt, expected: Said) -> None:
        await self._check(call_id, prompt, expected, "")

    async def leave(self, call_id: str, prompt: Prompt, expected: Said) -> None:
        await self._read_some(call_id, prompt, self.rng.choice((0, 1, 5)))

    async def return_(self, call_id: str, prompt: Prompt, expected: Said) -> None:
        seen = await self._read_some(call_id, prompt, self.rng.choice((0, 1, 5)))
        await asyncio.sleep(self.rng.choice((0, 0.01)))
        await self._check(call_id, prompt, expected, seen)

    async def cancel(self, call_id: str, prompt: Prompt, expected: Said) -> None:
        reader = asyncio.create_task(self._read_some(call_id, prompt, 10_000))
        await asyncio.sleep(self.rng.choice((0, 0.005, 0.05)))
        self.engine.cancel(call_id.partition(":")[0] + ":")
        with contextlib.suppress(MeshError):
            await reader

    async def time_out(self, call_id: str, prompt: Prompt, expected: Said) -> None:
        seconds = self.rng.choice((0.001, 0.01, 0.05))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._read_some(call_id, prompt, 10_000, seconds)

    async def _check(self, call_id: str, prompt: Prompt, expected: Said, seen: str) -> None:
        text = seen
        async for piece in self.engine.stream(call_id, prompt, len(seen)):
            if isinstance(piece, Finished):
                assert (text, piece.finish_reason, piece.completion_tokens) == expected
                self.ended += 1
            else:
                text += piece

    async def _read_some(
        self, call_id: str, prompt: Prompt, pieces: int, seconds: float = 60
    ) -> str:
        text = ""
        stream = self.engine.stream(call_id, prompt, deadline_seconds=seconds)
        async with contextlib.aclosing(stream):
            async for piece in stream:
                if pieces <= 0 or isinstance(piece, Finished):
                    break
                text += piece
                pieces -= 1
        return text


async def idle(backend: LlamaBackend) -> None:
    """Wait until no slot is taken."""
    async with asyncio.timeout(20):
        while (found := backend.statistics()).busy or found.waiting or found.details[0].seconds:
            await asyncio.sleep(0.02)


async def test_random_requests_say_what_they_say_alone_and_leave_nothing_behind() -> None:
    rng = random.Random(SEED)
    prompts = [draw_prompt(rng) for _ in range(150)]
    expected = await said_alone(prompts)
    async with opened() as backend:
        async with Engine(backend, kept_seconds=0, unattended_seconds=0.05) as engine:
            callers = Callers(engine, rng)
            before = 0
            async with asyncio.timeout(250), asyncio.TaskGroup() as group:
                for number in range(REQUESTS):
                    choice = rng.randrange(len(prompts))
                    group.create_task(callers.call(number, prompts[choice], expected[choice]))
                await asyncio.sleep(0.5)
                before = psutil.Process().memory_info().rss
            await asyncio.sleep(0.1)
            await idle(backend)
            engine._forget_old()
            assert not engine._generations
        assert callers.ended > REQUESTS / 3
        assert psutil.Process().memory_info().rss < before + 64 * 1024 * 1024
        found = backend.statistics()
        assert found.cache_hits > found.calls / 5
        assert_nothing_left(backend)
