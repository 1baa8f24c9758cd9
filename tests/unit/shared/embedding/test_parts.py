"""Long texts are embedded by parts; short ones as ever."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from shared.embedding import LlamaEmbedder
from shared.embedding.parts import parts_of
from shared.settings import EMBEDDING_MODEL


@pytest.fixture
async def embedder() -> AsyncIterator[LlamaEmbedder]:
    async with LlamaEmbedder(EMBEDDING_MODEL) as opened:
        yield opened


def test_parts_are_cut_between_words_and_lose_nothing() -> None:
    text = "one two\n three  four"
    parts = parts_of(text, lambda words: len(words.split()), 3)
    assert "".join(part.text for part in parts) == text
    assert [part.tokens for part in parts] == [3, 1]


def test_a_word_over_the_limit_is_cut_within() -> None:
    parts = parts_of("ab " + "x" * 10, len, 4)
    assert "".join(part.text for part in parts) == "ab " + "x" * 10
    assert all(part.tokens <= 4 for part in parts)


async def test_a_text_that_fits_is_embedded_whole(embedder: LlamaEmbedder) -> None:
    text = "word " * 254
    (vector,) = await embedder.embed([text])
    whole = np.asarray(embedder._llama.embed(text))
    assert vector == pytest.approx(whole / np.linalg.norm(whole))


async def test_a_long_text_is_the_weighted_mean_of_its_parts(embedder: LlamaEmbedder) -> None:
    first, second = "river " * 254, "cat " * 100
    together, one, other = np.asarray(await embedder.embed([first + second, first, second]))
    mean = 254 * one + 100 * other
    assert together == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert np.linalg.norm(together) == pytest.approx(1)


async def test_the_end_of_a_very_long_text_counts(embedder: LlamaEmbedder) -> None:
    start = "the river flows slowly through the wide valley " * 100
    vectors = np.asarray(await embedder.embed([start, start + "print the sum of a list " * 100]))
    assert vectors[0] @ vectors[1] < 0.95
