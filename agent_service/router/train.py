"""Fit and calibrate the router's head: ``python -m agent_service.router.train``."""

from __future__ import annotations

import asyncio
import sys

import numpy as np

from agent_service.router.dataset import load_utterances
from agent_service.router.evaluate import print_evaluation
from agent_service.router.head import Array, Head, softmax
from core.routing import Route
from shared.embedding import LlamaEmbedder
from shared.settings import EMBEDDING_MODEL

_ROUTES = tuple(Route)
_FOLDS = 5
_STEPS = 600
_RATE = 8.0
_PENALTIES = (1e-4, 3e-4, 1e-3, 3e-3)
_TEMPERATURES = tuple(np.linspace(0.4, 2.0, 33))


async def main() -> None:
    """Fit on train.jsonl alone, save the head, and print how it does on evaluation.jsonl."""
    utterances = load_utterances("train")
    async with LlamaEmbedder(EMBEDDING_MODEL) as embedder:
        vectors = np.asarray(await embedder.embed([each.text for each in utterances]))
        labels = np.asarray([_ROUTES.index(each.label) for each in utterances])
        penalty, logits = _choose_penalty(vectors, labels)
        temperature = _choose_temperature(logits, labels)
        weights, biases = _fit(vectors, labels, penalty)
        head = Head(embedder.model_name, _ROUTES, weights, biases, temperature)
        head.save()
        sys.stdout.write(f"penalty {penalty}, temperature {temperature:.2f}\n")
        await print_evaluation(embedder, head)


def _fit(vectors: Array, labels: Array, penalty: float) -> tuple[Array, Array]:
    """Multinomial logistic regression with an L2 penalty, by gradient descent."""
    wanted = np.eye(len(_ROUTES))[labels]
    weights = np.zeros((len(_ROUTES), vectors.shape[1]))
    biases = np.zeros(len(_ROUTES))
    for _ in range(_STEPS):
        error = (softmax(vectors @ weights.T + biases) - wanted) / len(labels)
        weights -= _RATE * (error.T @ vectors + penalty * weights)
        biases -= _RATE * error.sum(axis=0)
    return weights, biases


def _choose_penalty(vectors: Array, labels: Array) -> tuple[float, Array]:
    """Return the penalty with the lowest cross-validated loss, and its held-out logits."""
    folds = np.random.default_rng(0).permutation(len(labels)).astype(float) % _FOLDS
    tried = {penalty: _held_out_logits(vectors, labels, folds, penalty) for penalty in _PENALTIES}
    best = min(tried, key=lambda penalty: _loss(tried[penalty], labels))
    return best, tried[best]


def _held_out_logits(vectors: Array, labels: Array, folds: Array, penalty: float) -> Array:
    logits = np.zeros((len(labels), len(_ROUTES)))
    for fold in range(_FOLDS):
        held = folds == fold
        weights, biases = _fit(vectors[~held], labels[~held], penalty)
        logits[held] = vectors[held] @ weights.T + biases
    return logits


def _choose_temperature(logits: Array, labels: Array) -> float:
    return float(min(_TEMPERATURES, key=lambda value: _loss(logits / value, labels)))


def _loss(logits: Array, labels: Array) -> float:
    probabilities = softmax(logits)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(probabilities, 1e-12)).mean())


if __name__ == "__main__":
    asyncio.run(main())
