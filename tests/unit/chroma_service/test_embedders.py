"""Texts are shared out among embedders, and a question overtakes a book."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chroma_service.embedders import EmbedderPool


class StepEmbedder:
    """Embeds a text when it is let to; notes who was embedded in which order."""

    dimensions = 1

    def __init__(self, done: list[str]) -> None:
        self.done = done
        self.busy = 0

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.busy += 1
        assert (self.busy, len(texts)) == (1, 1), "one text at a time"
        for _ in range(len(texts[0]) % 5 + 1):
            await asyncio.sleep(0)
        self.busy -= 1
        if texts[0] == "bad":
            raise ValueError("bad")
        self.done += texts
        return [[float(len(texts[0]))]]


@given(st.lists(st.text(max_size=30), max_size=40), st.integers(1, 5), st.integers(1, 4))
async def test_every_text_has_its_vector_whoever_embeds_beside(
    texts: list[str], embedders: int, callers: int
) -> None:
    done: list[str] = []
    pool = EmbedderPool([StepEmbedder(done) for _ in range(embedders)])
    found = await asyncio.gather(*(pool.embed(texts) for _ in range(callers)))
    assert found == [[[float(len(each))] for each in texts]] * callers
    assert len(done) == callers * len(texts)


@pytest.mark.parametrize("embedders", [1, 2, 4])
@pytest.mark.parametrize("books", [1, 3])
async def test_a_question_waits_for_no_book(embedders: int, books: int) -> None:
    done: list[str] = []
    pool = EmbedderPool([StepEmbedder(done) for _ in range(embedders)])
    reading = [asyncio.create_task(pool.embed(["page"] * 500)) for _ in range(books)]
    for _ in range(20):
        await asyncio.sleep(0)
    before = len(done)
    await pool.embed(["question"])
    assert len(done) - before <= 2 * embedders * (books + 1)
    await asyncio.gather(*reading)
    assert len(done) == 500 * books + 1


async def test_a_text_that_fails_and_a_caller_who_leaves_block_nobody() -> None:
    done: list[str] = []
    pool = EmbedderPool([StepEmbedder(done), StepEmbedder(done)])
    with pytest.raises(ExceptionGroup):
        await pool.embed(["page", "bad", "page"])
    leaving = asyncio.create_task(pool.embed(["page"] * 100))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    for embedder in pool._idle:
        embedder.busy = 0  # type: ignore[attr-defined]
    assert await pool.embed(["question"] * 4) == [[8.0]] * 4
