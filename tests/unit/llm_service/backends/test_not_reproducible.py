"""LLM_REPRODUCIBLE=false on a real context: the oldest goes first, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random

import psutil

from llm_service.backends.llama import LlamaBackend
from llm_service.backends.reading import read_all
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Finished, Prompt, PromptMessage
from tests.random_prompts import assert_nothing_left, draw_prompt, opened

POOL = 1024
ENDLESS = json.dumps({"type": "array", "items": {"type": "integer"}, "minItems": 200})


def prompt(number: int, max_tokens: int = 2) -> Prompt:
    """Another prompt a number, of about a tenth of the pool."""
    text = f"{number} " * 50
    return Prompt((PromptMessage("user", text),), "", max_tokens, 0.0, 0, ())


async def run_on(backend: LlamaBackend) -> None:
    """Keep a slot busy, and a part of the pool with it."""
    asked = Prompt((PromptMessage("user", "count"),), ENDLESS, 200, 0.0, 0, ())
    while True:
        await read_all(backend, asked)


async def idle(backend: LlamaBackend) -> None:
    async with asyncio.timeout(20):
        await asyncio.sleep(0.15)  # the statistics are up to a tenth of a second old
        while (found := backend.statistics()).busy or found.waiting:
            await asyncio.sleep(0.01)


async def test_the_least_recently_used_is_parked_while_others_run() -> None:
    """Of many prompts one after the other some leave the cache, and are known all the same."""
    async with opened(BUNDLED_MODEL, 2, POOL // 2, reproducible=False) as backend:
        assert backend.statistics().pool_tokens == POOL
        running = asyncio.create_task(run_on(backend))
        for number in range(12):
            _, end = await read_all(backend, prompt(number))
            assert end.cached_prompt_tokens < end.prompt_tokens / 2
        assert backend.statistics().used_tokens <= POOL
        _, last = await read_all(backend, prompt(11))
        assert last.cached_prompt_tokens == last.prompt_tokens - 1
        cache = backend._worker._slots._cache
        assert len(cache._kept) < 12
        assert cache._parking.tokens
        _, parked = await read_all(backend, prompt(7))
        assert parked.cached_prompt_tokens == parked.prompt_tokens - 1
        running.cancel()
        await asyncio.wait([running])
        await idle(backend)
        assert_nothing_left(backend)


async def test_random_requests_leave_nothing_behind() -> None:
    rng = random.Random(3)
    prompts = [draw_prompt(rng) for _ in range(60)]

    async def call(backend: LlamaBackend, asked: Prompt, pieces: int) -> None:
        async with contextlib.aclosing(backend.stream(asked)) as stream:
            async for piece in stream:
                pieces -= 1
                if isinstance(piece, Finished):
                    assert piece.completion_tokens <= asked.max_tokens
                elif not pieces:
                    return

    async with opened(reproducible=False) as backend:
        sizes = []
        for _ in range(3):
            places = [rng.choice((2, 10_000, 10_000)) for _ in prompts]
            pairs = zip(prompts, places, strict=True)
            await asyncio.gather(*(call(backend, asked, pieces) for asked, pieces in pairs))
            await idle(backend)
            sizes.append(psutil.Process().memory_info().rss)
        found = backend.statistics()
        assert found.cache_hits > found.calls / 5
        assert sizes[-1] < sizes[0] + 16 * 1024 * 1024, sizes
        assert_nothing_left(backend)
