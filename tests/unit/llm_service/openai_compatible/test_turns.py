"""Calls wait for their turn in order, and the figures tell of it."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import LimitExceeded, Unavailable
from tests.unit.llm_service.openai_compatible.fake_server import Reply, piece, text_stream
from tests.unit.llm_service.openai_compatible.prompts import answering, prompt, read


async def test_who_waits_is_counted_and_one_too_many_is_refused() -> None:
    async with answering(text_stream("a", "b", pause=0.5), slots=1, queue_limit=1) as (_, backend):
        first = asyncio.create_task(read(backend, prompt()))
        second = asyncio.create_task(read(backend, prompt()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        found = backend.statistics()
        assert (found.slots, found.busy, found.waiting) == (1, 1, 1)
        with pytest.raises(LimitExceeded, match="1 generations wait already"):
            await read(backend, prompt())
        assert (await first)[1].queue_seconds < (await second)[1].queue_seconds
        end = (await second)[1]
        assert end.time_to_first_token > end.queue_seconds >= 0.5
        found = backend.statistics()
        assert (found.busy, found.waiting, found.calls) == (0, 0, 2)


async def test_a_call_that_leaves_the_queue_leaves_its_place_to_the_next() -> None:
    async with answering(text_stream("a", "b", pause=0.5), slots=1) as (fake, backend):
        calls = [asyncio.create_task(read(backend, prompt())) for _ in range(3)]
        await asyncio.sleep(0.1)
        calls[1].cancel()
        assert (await calls[0])[0] == (await calls[2])[0] == "ab"
        assert len(fake.asked) == 2
        assert backend.statistics().waiting == 0


async def test_a_failed_call_frees_its_slot() -> None:
    async with answering(Reply(500), Reply(500), text_stream("a"), slots=1) as (_, backend):
        for _ in range(2):
            with pytest.raises(Unavailable):
                await read(backend, prompt())
        assert (await read(backend, prompt()))[0] == "a"


async def test_who_waits_when_the_service_stops_is_unavailable() -> None:
    async with answering(Reply(hangs=True), slots=1) as (fake, backend), asyncio.timeout(30):
        calls = [asyncio.create_task(read(backend, prompt())) for _ in range(3)]
        while not fake.asked:
            await asyncio.sleep(0.01)
        await backend.close()
        for call in calls:
            with pytest.raises(Unavailable, match="the LLM service stops"):
                await call


async def test_the_slots_tell_what_they_do() -> None:
    async with answering(text_stream("a", "b", pause=60), slots=3) as (_, backend):
        stream = backend.stream(prompt())
        await anext(stream)
        waits = backend.statistics()
        assert [each.state for each in waits.details] == ["writes", "idle", "idle"]
        assert waits.details[0].generated_tokens == 1
        assert waits.tokens_per_second > 0
        await stream.aclose()
        assert [each.state for each in backend.statistics().details] == ["idle"] * 3


async def test_what_the_server_took_from_its_cache_is_counted() -> None:
    counts = {
        "prompt_tokens": 40,
        "completion_tokens": 1,
        "total_tokens": 41,
        "prompt_tokens_details": {"cached_tokens": 32},
    }
    events = [piece("a"), piece(None, "stop"), {"choices": [], "usage": counts}, "[DONE]"]
    async with answering(Reply(events=events)) as (_, backend):
        _, end = await read(backend, prompt())
        found = backend.statistics()
    assert end.cached_prompt_tokens == 32
    assert (found.prompt_tokens, found.reused_tokens, found.cache_hits) == (40, 32, 1)
