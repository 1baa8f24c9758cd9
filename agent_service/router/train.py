"""Fit and calibrate the router's head: ``python -m agent_service.router.train``."""

from __future__ import annotations

import asyncio
import sys

import numpy as np
from numpy.typing import NDArray

from agent_service.router.dataset import Utterance, load_utterances
from agent_service.router.head import Array, Head, features_of, softmax
from core.workflows import BUILT_IN
from shared.embedding import LlamaEmbedder
from shared.gguf_file import sha256_of
from shared.settings import EMBEDDING_MODEL

_ROUTES = BUILT_IN.names
_FOLDS = 5
_STEPS = 300
_POWER_ITERATIONS = 20
_PENALTIES = (1e-5, 3e-5, 1e-4, 3e-4)
_TEMPERATURES = tuple(np.linspace(0.4, 2.0, 33))
Integers = NDArray[np.int64]


async def main() -> None:
    """Fit on train.jsonl alone, save the head, and print what cross-validation says of it."""
    utterances = load_utterances("train")
    features = await _embed(utterances)
    labels = np.asarray([_ROUTES.index(each.label) for each in utterances])
    penalty, logits = _choose_penalty(features, labels)
    temperature = _choose_temperature(logits, labels)
    weights, biases = _fit(features, labels, penalty)
    Head(sha256_of(EMBEDDING_MODEL), _ROUTES, weights, biases, temperature).save()
    accuracy = (logits.argmax(axis=1) == labels).mean()
    sys.stdout.write(
        f"{len(labels)} utterances, penalty {penalty}, temperature {temperature:.2f}, "
        f"cross-validated accuracy {accuracy:.3f}, loss {_loss(logits / temperature, labels):.3f}\n"
    )


async def _embed(utterances: list[Utterance]) -> Array:
    texts = [each.text for each in utterances]
    async with LlamaEmbedder(EMBEDDING_MODEL) as embedder:
        vectors = await embedder.embed(texts)
    return np.stack([features_of(*pair) for pair in zip(texts, vectors, strict=True)])


def _fit(features: Array, labels: Integers, penalty: float) -> tuple[Array, Array]:
    """Multinomial logistic regression with an L2 penalty on the weights.

    Gradient descent with Nesterov's momentum, its step the inverse of the loss's smoothness.
    """
    rows = np.hstack([features, np.ones((len(features), 1), features.dtype)])
    wanted = np.eye(len(_ROUTES), dtype=rows.dtype)[labels]
    shrunk = np.full(rows.shape[1], penalty, rows.dtype)
    shrunk[-1] = 0
    step = 1 / (0.5 * _largest_eigenvalue(rows) / len(rows) + penalty)
    weights = np.zeros((len(_ROUTES), rows.shape[1]), rows.dtype)
    ahead = weights
    for number in range(_STEPS):
        error = (softmax(rows @ ahead.T) - wanted) / len(rows)
        moved = ahead - rows.dtype.type(step) * (error.T @ rows + shrunk * ahead)
        ahead = moved + rows.dtype.type(number / (number + 3)) * (moved - weights)
        weights = moved
    return weights[:, :-1], weights[:, -1]


def _largest_eigenvalue(rows: Array) -> float:
    """Return that of ``rows.T @ rows``, by power iteration."""
    vector = np.ones(rows.shape[1], rows.dtype)
    for _ in range(_POWER_ITERATIONS):
        vector /= np.linalg.norm(vector)
        vector = rows.T @ (rows @ vector)
    return float(np.linalg.norm(vector))


def _choose_penalty(features: Array, labels: Integers) -> tuple[float, Array]:
    """Return the penalty with the lowest cross-validated loss, and its held-out logits."""
    folds = np.random.default_rng(0).permutation(len(labels)) % _FOLDS
    tried = {penalty: _held_out_logits(features, labels, folds, penalty) for penalty in _PENALTIES}
    best = min(tried, key=lambda penalty: _calibrated_loss(tried[penalty], labels))
    return best, tried[best]


def _held_out_logits(features: Array, labels: Integers, folds: Integers, penalty: float) -> Array:
    logits = np.zeros((len(labels), len(_ROUTES)), features.dtype)
    for fold in range(_FOLDS):
        held = folds == fold
        weights, biases = _fit(features[~held], labels[~held], penalty)
        logits[held] = features[held] @ weights.T + biases
    return logits


def _choose_temperature(logits: Array, labels: Integers) -> float:
    return float(min(_TEMPERATURES, key=lambda value: _loss(logits / value, labels)))


def _calibrated_loss(logits: Array, labels: Integers) -> float:
    return _loss(logits / _choose_temperature(logits, labels), labels)


def _loss(logits: Array, labels: Integers) -> float:
    probabilities = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(probabilities, 1e-12)).mean())


if __name__ == "__main__":
    asyncio.run(main())
