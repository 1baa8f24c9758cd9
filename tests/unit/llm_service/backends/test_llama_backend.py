"""The llama.cpp backend on the bundled model: limits, faults and figures."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.errors import InvalidInput, LimitExceeded, StartupError, Unavailable
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Prompt, PromptMessage


@asynccontextmanager
async def opened(**settings: int) -> AsyncIterator[LlamaBackend]:
    backend = await LlamaBackend.open(LlamaSettings(path=BUNDLED_MODEL, **settings))
    try:
        yield backend
    finally:
        await backend.close()


def prompt(text: str = "say something", max_tokens: int = 8, schema: str = "") -> Prompt:
    return Prompt((PromptMessage("user", text),), schema, max_tokens, 0.0, 0, ())


async def test_a_prompt_over_the_context_is_refused_before_any_work() -> None:
    async with opened(context=256) as backend:
        with pytest.raises(InvalidInput, match="context leaves room for 248"):
            await read_all(backend, prompt("word " * 400))
        assert backend.statistics().calls == 0


async def test_a_text_that_fills_the_context_is_marked_as_cut() -> None:
    async with opened(context=64) as backend:
        endless = json.dumps({"type": "string", "minLength": 250})
        text, end = await read_all(backend, prompt("go on", 8192, endless))
        assert end.finish_reason == "length"
        assert end.prompt_tokens + end.completion_tokens == 64 and text


async def test_a_schema_that_cannot_be_compiled_is_refused_with_its_keyword() -> None:
    async with opened() as backend:
        with pytest.raises(InvalidInput, match="maxLength") as refused:
            await read_all(backend, prompt(schema='{"type": "string", "maxLength": 100000}'))
        assert refused.value.field == "json_schema"


async def test_a_full_queue_refuses_and_an_ended_call_makes_room() -> None:
    async with opened(slots=1, queue_limit=1) as backend:
        streams = [backend.stream(prompt(max_tokens=2000)) for _ in range(2)]
        waiting = [asyncio.create_task(anext(each)) for each in streams]
        while backend.statistics().busy + backend.statistics().waiting < 2:
            await asyncio.sleep(0.005)
            if waiting[0].done():
                break
        results = await asyncio.gather(
            *(read_all(backend, prompt(max_tokens=2000)) for _ in range(8)),
            return_exceptions=True,
        )
        assert any(isinstance(each, LimitExceeded) for each in results)
        for task, stream in zip(waiting, streams, strict=True):
            await task
            await stream.aclose()
        await asyncio.sleep(0.1)
        assert await read_all(backend, prompt())


async def test_the_last_piece_tells_of_cache_and_batch() -> None:
    async with opened() as backend:
        _, first = await read_all(backend, prompt("the same words as before"))
        _, again = await read_all(backend, prompt("the same words as before"))
        assert first.cached_prompt_tokens == 0
        assert again.cached_prompt_tokens == again.prompt_tokens - 1
        assert 0 < again.time_to_first_token < 10 and again.queue_seconds >= 0
        # Long enough that on a busy machine the first has not ended when the others begin.
        long = json.dumps({"type": "array", "items": {"type": "integer"}, "minItems": 200})
        asked = [prompt(f"{n}", 400, long) for n in range(4)]
        many = await asyncio.gather(*(read_all(backend, each) for each in asked))
        assert max(end.batch_occupancy for _, end in many) > 1.5
        found = backend.statistics()
        assert (found.calls, found.slots, found.pool_tokens) == (6, 4, 8192)


async def test_a_stream_that_is_closed_frees_its_slot_within_a_step() -> None:
    async with opened(slots=1) as backend:
        endless = json.dumps({"type": "array", "items": {"type": "integer"}, "minItems": 200})
        stream = backend.stream(prompt("count", 2000, endless))
        await anext(stream)
        await stream.aclose()
        _, end = await read_all(backend, prompt())
        assert end.queue_seconds < 0.5


async def test_a_dead_thread_fails_what_it_held_and_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(slots=1) as backend:
        watch = asyncio.create_task(backend.watch())
        held = [asyncio.create_task(read_all(backend, prompt(max_tokens=500))) for _ in range(3)]
        await asyncio.sleep(0)

        def broken(parts: object) -> list[int]:
            raise RuntimeError("the context is gone")

        monkeypatch.setattr(backend._context, "decode", broken)
        results = await asyncio.gather(*held, return_exceptions=True)
        assert isinstance(results[-1], Unavailable)
        with pytest.raises(Unavailable, match="the context is gone"):
            await asyncio.wait_for(watch, 5)
        with pytest.raises(Unavailable):
            await read_all(backend, prompt())


async def test_closing_fails_what_runs() -> None:
    with contextlib.ExitStack():
        async with opened(slots=1) as backend:
            held = asyncio.create_task(read_all(backend, prompt("a", 2000)))
            more = asyncio.create_task(read_all(backend, prompt("b", 2000)))
            await asyncio.sleep(0)
        results = await asyncio.gather(held, more, return_exceptions=True)
        assert all(isinstance(each, Unavailable | tuple) for each in results)


WHOLE = BUNDLED_MODEL.read_bytes()
HALF = len(WHOLE) // 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        WHOLE[:20],
        WHOLE[:100_000],
        WHOLE[:-1],
        WHOLE[:HALF] + random.Random(1).randbytes(len(WHOLE) - HALF),
        WHOLE[:200_000] + bytes(len(WHOLE) - 200_000),
    ],
    ids=["empty", "its head", "its metadata", "a byte short", "noise", "zeros"],
)
async def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(content)
    with pytest.raises(StartupError, match=r"LLM_MODEL_PATH=.*damaged\.gguf") as said:
        await LlamaBackend.open(LlamaSettings(path=damaged))
    assert "\n" not in str(said.value)
