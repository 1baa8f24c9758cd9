"""What `core.ports.Embedder` promises, held by the fake, by llama.cpp and by several of them."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence

import pytest

from chroma_service.embedders import EmbedderPool
from core.ports import Embedder
from shared.embedding import LlamaEmbedder
from shared.settings import EMBEDDING_MODEL
from shared.testing import FakeEmbedder

TEXTS = ["the sea", "", "a port by the sea", "日本語 😀", "the sea", "a long way " * 120, "\n"]


def near(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the cosine of two unit vectors."""
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.fixture(params=["fake", "llama.cpp", "pool"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    """The implementations."""
    if request.param == "llama.cpp":
        async with LlamaEmbedder(EMBEDDING_MODEL) as opened:
            yield opened
    elif request.param == "pool":
        yield EmbedderPool([FakeEmbedder(), FakeEmbedder()])
    else:
        yield FakeEmbedder()


async def test_each_text_has_a_unit_vector_in_its_place(embedder: Embedder) -> None:
    vectors = await embedder.embed(TEXTS)
    assert len(vectors) == len(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert len(vector) == embedder.dimensions
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-3)
        [alone] = await embedder.embed([text])
        assert alone == pytest.approx(vector, abs=1e-3)


async def test_texts_about_one_thing_are_near_each_other(embedder: Embedder) -> None:
    sea, shore, tree = await embedder.embed(["the sea", "by the sea", "a tree"])
    assert near(sea, shore) > near(sea, tree)


async def test_no_text_has_no_vector(embedder: Embedder) -> None:
    assert await embedder.embed([]) == []
