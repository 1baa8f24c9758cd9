"""Prompts of all kinds, and what each gives when nothing else runs."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Prompt, PromptMessage

CONTEXT = 512
Said = tuple[str, str, int]
"""A text, why it ended, and its tokens."""

_SYSTEM = ("# role: coder\n", "# role: reviewer\nReview the code with care.\n", "# role: direct\n")
_TEXT = "write a function that adds two lists of numbers and returns the largest of them"
_WORDS = _TEXT.split()
_SCHEMAS = (
    "",
    "",
    "",
    json.dumps({"type": "object", "properties": {"a": {"type": "integer"}}}),
    json.dumps({"enum": ["yes", "no", "perhaps"]}),
    json.dumps({"type": "array", "items": {"type": "boolean"}, "maxItems": 6}),
)


def draw_prompt(rng: random.Random) -> Prompt:
    """Return a prompt of any length, with any settings."""
    words = rng.choices(_WORDS, k=rng.choice((3, 10, 40, 200)))
    return Prompt(
        messages=(
            PromptMessage("system", rng.choice(_SYSTEM)),
            PromptMessage("user", " ".join(words)),
        ),
        json_schema=rng.choice(_SCHEMAS),
        max_tokens=rng.choice((1, 5, 20, 60)),
        temperature=rng.choice((0.0, 0.7, 1.3)),
        seed=rng.randrange(1000),
        stop=rng.choice(((), (), ("return",), ("e", "xyz"))),
    )


@asynccontextmanager
async def opened(
    path: Path = BUNDLED_MODEL,
    slots: int = 4,
    context: int = CONTEXT,
    *,
    threads: int = 1,
    reproducible: bool = True,
) -> AsyncIterator[LlamaBackend]:
    """Open a model; nothing is refused for want of a place in the queue."""
    settings = LlamaSettings(
        path=path,
        slots=slots,
        context=context,
        threads=threads,
        queue_limit=100_000,
        reproducible=reproducible,
    )
    backend = await LlamaBackend.open(settings)
    try:
        yield backend
    finally:
        await backend.close()


async def said_alone(
    prompts: list[Prompt], *, context: int = CONTEXT, threads: int = 1
) -> list[Said]:
    """Return what each prompt gives when nothing else runs, and the cache is empty."""
    said = []
    async with opened(slots=1, context=context, threads=threads) as backend:
        for prompt in prompts:
            backend._worker._slots._cache.drop_kept()
            text, end = await read_all(backend, prompt)
            said.append((text, end.finish_reason, end.completion_tokens))
    return said


def assert_nothing_left(backend: LlamaBackend) -> None:
    """No slot is taken, and the cache holds kept sequences alone: none, once they are dropped."""
    slots = backend._worker._slots
    cache, context = slots._cache, backend._context
    assert slots.idle and not cache._running
    kept = {number: len(each.tokens) for number, each in cache._kept.items()}
    assert {n: context.length(n) for n in range(256) if context.length(n)} == kept
    cache.drop_kept()
    assert [context.length(number) for number in range(256)] == [0] * 256
    assert cache.used_cells == 0
