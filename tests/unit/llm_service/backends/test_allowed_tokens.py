"""What a grammar allows is found without asking it about every token, and is the same."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from core.errors import InvalidInput
from llm_service.backends.llama.grammars.allowed_tokens import AllowedTokens
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.config import BUNDLED_MODEL
from shared.vocabulary import Vocabulary

DIGITS = "root ::= [0-9]+"
TOP_K = 40
SPREAD = -math.log(0.05)


@pytest.fixture(scope="module")
def model() -> Iterator[LoadedModel]:
    loaded = LoadedModel(BUNDLED_MODEL)
    yield loaded
    loaded.close()


@pytest.fixture
def digits(model: LoadedModel) -> Iterator[AllowedTokens]:
    allowed = AllowedTokens(DIGITS, "grammar", model)
    yield allowed
    allowed.close()


def all_allowed(allowed: AllowedTokens, scores: np.ndarray) -> dict[int, float]:
    found = allowed._filter(np.arange(len(scores)), scores)
    return dict(zip(found["id"].tolist(), found["logit"].tolist(), strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_the_best_allowed_token_is_the_best_of_all(
    model: LoadedModel, digits: AllowedTokens, seed: int
) -> None:
    scores = np.random.default_rng(seed).normal(0, 3, 2048).astype(np.float32)
    everything = all_allowed(digits, scores)
    found = digits.among(scores, 1, 0.0)
    assert int(found["id"][found["logit"].argmax()]) == max(everything, key=everything.__getitem__)
    assert all(model.piece(int(token)).isdigit() for token in found["id"])


@pytest.mark.parametrize("seed", range(20))
def test_none_is_missing_that_could_be_drawn(digits: AllowedTokens, seed: int) -> None:
    scores = np.random.default_rng(seed).normal(0, 1 + seed / 4, 2048).astype(np.float32)
    everything = all_allowed(digits, scores)
    best = max(everything.values())
    close = sorted(
        (token for token, logit in everything.items() if logit >= best - SPREAD),
        key=everything.__getitem__,
        reverse=True,
    )
    assert set(close[:TOP_K]) <= set(digits.among(scores, TOP_K, SPREAD)["id"].tolist())


def test_few_tokens_are_looked_at_when_the_best_are_allowed(
    model: LoadedModel, digits: AllowedTokens
) -> None:
    scores = np.zeros(2048, dtype=np.float32)
    scores[Vocabulary(model.vocabulary).tokenize("7", special=False)[0]] = 20.0
    assert len(digits.among(scores, TOP_K, SPREAD)) <= 256


def test_a_grammar_that_allows_nothing_more_is_refused_by_its_field(model: LoadedModel) -> None:
    allowed = AllowedTokens('root ::= "☃☃"', "grammar", model)
    scores = np.full(2048, -np.inf, dtype=np.float32)
    with pytest.raises(InvalidInput, match="allows no further text") as refused:
        allowed.among(scores, 1, 0.0)
    assert refused.value.field == "grammar"
    allowed.close()
