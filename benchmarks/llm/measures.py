"""What is measured: throughput, time to the first token, and a stream's pace beside a reader."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

from benchmarks.llm.calls import Heard, call, words
from benchmarks.llm.high_level import HighLevelLlama
from core.errors import Cancelled
from core.ports import ChatMessage
from shared.clients.llm import LlmClient

_PROMPT_WORDS = 40
_TOKENS = 256
_STREAM_TOKENS = 3800
_ALONE_SECONDS = 3.0
_STALE_SECONDS = 0.2  # what GetEngine tells is up to a tenth of a second old


@dataclass(frozen=True, slots=True)
class Pace:
    """A stream's tokens a second, alone and while a prompt of ``prompt_tokens`` is read.

    A stream grows slower as it grows longer: ``alone`` is the mean of before and after.
    """

    alone: float
    beside: float
    prompt_tokens: int
    reading_seconds: float


@dataclass(frozen=True, slots=True)
class FirstToken:
    """Median seconds to the first token, with another prefix each time and with a shared one."""

    cold: float
    shared: float
    prompt_tokens: int
    cached_tokens: int


async def throughput(client: LlmClient, at_once: int, seed: int) -> float:
    """Return tokens a second of so many concurrent calls."""
    began = time.monotonic()
    heard = await asyncio.gather(
        *(
            call(client, "", words(_PROMPT_WORDS, seed * 100 + number), _TOKENS)
            for number in range(at_once)
        )
    )
    seconds = time.monotonic() - began
    return sum(each.last.completion_tokens for each in heard) / seconds


async def throughput_high_level(llama: HighLevelLlama, at_once: int, seed: int) -> float:
    """Return tokens a second of so many concurrent callers that wait for the lock."""

    def generate(number: int) -> int:
        text = words(_PROMPT_WORDS, seed * 100 + number)
        messages: list[object] = [ChatMessage("system", ""), ChatMessage("user", text)]
        return llama.generate(messages, _TOKENS)

    began = time.monotonic()
    counts = await asyncio.gather(
        *(asyncio.to_thread(generate, number) for number in range(at_once))
    )
    return sum(counts) / (time.monotonic() - began)


async def first_token(client: LlmClient, prefix_words: int, repeats: int) -> FirstToken:
    """Time prompts of which all but the last few words are new, or known from another call."""
    cold: list[Heard] = []
    shared: list[Heard] = []
    known = words(prefix_words, 7)
    await call(client, known, "the first", 4)
    for number in range(repeats):
        cold.append(await call(client, words(prefix_words, 1000 + number), f"call {number}", 4))
        shared.append(await call(client, known, f"call {number}", 4))
    return FirstToken(
        cold=median(each.first_seconds for each in cold),
        shared=median(each.first_seconds for each in shared),
        prompt_tokens=cold[0].last.prompt_tokens,
        cached_tokens=shared[0].last.cached_prompt_tokens,
    )


async def pace(client: LlmClient, prompt_words: int, seed: int) -> Pace:
    """Time a stream while a long prompt is read that is in no cache, and before and after it."""
    task_id = str(uuid4())
    stream = asyncio.create_task(call(client, "", words(20, seed), _STREAM_TOKENS, task_id=task_id))
    before = await _pace_for(client, _ALONE_SECONDS)
    reader = asyncio.create_task(call(client, words(prompt_words, seed), "now", 1))
    at, began = await _written(client), time.monotonic()
    read = await reader
    beside = (await _written(client) - at) / (time.monotonic() - began)
    after = await _pace_for(client, _ALONE_SECONDS)
    if stream.done() or read.last.cached_prompt_tokens > prompt_words // 10:
        raise RuntimeError("the stream ended before the prompt was read, or it was in the cache")
    await client.cancel_calls(task_id)
    with contextlib.suppress(Cancelled):
        await stream
    return Pace(
        alone=(before + after) / 2,
        beside=beside,
        prompt_tokens=read.last.prompt_tokens,
        reading_seconds=read.first_seconds,
    )


async def _pace_for(client: LlmClient, seconds: float) -> float:
    """Return the tokens a second that the only stream writes."""
    await asyncio.sleep(_STALE_SECONDS)
    at, began = await _written(client), time.monotonic()
    await asyncio.sleep(seconds)
    return (await _written(client) - at) / (time.monotonic() - began)


async def _written(client: LlmClient) -> int:
    """Return the tokens that the longest stream has written; up to a tenth of a second old."""
    return max(each.generated_tokens for each in (await client.engine()).slot_details)
