"""What the router promises on utterances that it never saw, and that it never saw them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from agent_service.router import open_router
from agent_service.router.dataset import load_utterances
from agent_service.router.evaluate import (
    MAXIMUM_CALIBRATION_ERROR,
    MINIMUM_ACCURACY,
    evaluate,
    print_evaluation,
)
from agent_service.router.head import load_head
from agent_service.router.latency import utterances_of
from core.errors import StartupError
from core.workflows import BUILT_IN
from shared.embedding import LlamaEmbedder
from shared.gguf_file import sha256_of
from shared.settings import EMBEDDING_MODEL

_NEAR = 0.97


@pytest.fixture
async def embedder() -> AsyncIterator[LlamaEmbedder]:
    async with LlamaEmbedder(EMBEDDING_MODEL) as opened:
        yield opened


async def test_accuracy_and_calibration_hold_on_unseen_utterances() -> None:
    async with open_router(EMBEDDING_MODEL) as router:
        evaluation = await evaluate(router)
    print_evaluation(evaluation)
    assert evaluation.accuracy >= MINIMUM_ACCURACY
    assert evaluation.calibration_error < MAXIMUM_CALIBRATION_ERROR


async def test_another_model_is_refused_at_the_start(tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(EMBEDDING_MODEL.read_bytes() + b"\0")
    with pytest.raises(StartupError) as raised:
        async with open_router(other):
            pass
    assert load_head().embedding_sha256 in str(raised.value)
    assert sha256_of(other) in str(raised.value)


def test_there_is_enough_of_every_label() -> None:
    for name, least in (("train", 1200), ("evaluation", 220)):
        labels = [each.label for each in load_utterances(name)]
        assert len(labels) >= least
        assert all(labels.count(route) >= least / 5 for route in BUILT_IN.names)


def test_no_utterance_comes_twice() -> None:
    everything = [*load_utterances("train"), *load_utterances("evaluation")]
    texts = [_normalised(each.text) for each in everything]
    assert len(texts) == len(set(texts))


async def test_no_evaluation_utterance_has_a_near_duplicate_in_training(
    embedder: LlamaEmbedder,
) -> None:
    trained = [each.text for each in load_utterances("train")]
    evaluated = [each.text for each in load_utterances("evaluation")]
    cosines = (
        np.asarray(await embedder.embed(evaluated)) @ np.asarray(await embedder.embed(trained)).T
    )
    near = [
        (evaluated[row], trained[column]) for row, column in np.argwhere(cosines > _NEAR).tolist()
    ]
    assert near == []


def test_texts_for_the_latency_have_exactly_the_length() -> None:
    assert [len(text.split()) for text in utterances_of(120, 70)] == [120] * 70


def _normalised(text: str) -> str:
    """Lower case, and only words where there are any."""
    return " ".join(re.findall(r"\w+|[^\w\s]", text.lower()))
