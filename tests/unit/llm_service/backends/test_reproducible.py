"""Long prompts say the same whatever shares the batch, lies in the cache, or computes."""

from __future__ import annotations

import asyncio
import random

from llm_service.backends.llama import LlamaBackend
from llm_service.backends.reading import read_all
from llm_service.prompt import Prompt, PromptMessage
from tests.random_prompts import Said, opened, said_alone

# From 512 cells on ggml has another way of adding up attention, by threads and batch.
CONTEXT = 2048
TEXT = "write a function that adds two lists of numbers and returns the largest"
WORDS = TEXT.split()


def draw_long_prompts(count: int) -> list[Prompt]:
    """Prompts that differ from their first word on."""
    rng = random.Random(11)
    return [
        Prompt(
            messages=(PromptMessage("user", f"{number} " + " ".join(rng.choices(WORDS, k=800))),),
            json_schema="",
            max_tokens=40,
            temperature=(0.0, 1.0)[number % 2],
            seed=number,
            stop=(),
        )
        for number in range(count)
    ]


async def say(backend: LlamaBackend, prompt: Prompt) -> Said:
    text, end = await read_all(backend, prompt)
    return text, end.finish_reason, end.completion_tokens


async def test_neither_batch_nor_cache_changes_a_long_answer() -> None:
    prompts = draw_long_prompts(6)
    alone = await said_alone(prompts, context=CONTEXT)
    assert max(tokens for _, _, tokens in alone) > 10
    async with opened(context=CONTEXT) as backend:
        together = await asyncio.gather(*(say(backend, prompt) for prompt in prompts))
        again = await asyncio.gather(*(say(backend, prompt) for prompt in reversed(prompts)))
        assert backend.statistics().cache_hits
    assert together == alone
    assert again[::-1] == alone


async def test_the_number_of_threads_changes_no_answer() -> None:
    prompts = draw_long_prompts(4)
    assert await said_alone(prompts, context=CONTEXT, threads=1) == await said_alone(
        prompts, context=CONTEXT, threads=2
    )
