"""What is measured: throughput, time to the first token, and a stream's pace beside a reader."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.llm.calls import Heard, call, words
from benchmarks.llm.high_level import HighLevelLlama
from core.ports import ChatMessage
from shared.clients.llm import LlmClient

_PROMPT_WORDS = 40
_TOKENS = 256
_STREAM_TOKENS = 3500
_WARM_PIECES = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """A stream's pieces a second, alone and while a prompt of ``prompt_tokens`` is read."""

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


async def pace(client: LlmClient, prompt_words: int) -> Pace:
    """Time a stream before a long prompt comes, and while it is read."""
    heard = Heard(0.0)
    stream = asyncio.create_task(call(client, "", words(20, 1), _STREAM_TOKENS, heard))
    while len(heard.times) < 2 * _WARM_PIECES:
        await asyncio.sleep(0.005)
    before = heard.times[_WARM_PIECES:]
    reader = await call(client, words(prompt_words, 3), "now", 1)
    read = time.monotonic()
    beside = [each for each in heard.times if reader.asked <= each <= read]
    if stream.done():
        raise RuntimeError("the stream ended before the prompt was read: make it longer")
    stream.cancel()
    return Pace(
        alone=(len(before) - 1) / (before[-1] - before[0]),
        beside=len(beside) / (read - reader.asked),
        prompt_tokens=reader.last.prompt_tokens,
        reading_seconds=read - reader.asked,
    )
