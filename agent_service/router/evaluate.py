"""Measure the router on unseen utterances: ``python -m agent_service.router.evaluate``."""

from __future__ import annotations

import asyncio
import sys

import numpy as np

from agent_service.router.dataset import load_utterances
from agent_service.router.head import Head, load_head
from core.ports import Embedder
from core.routing import Route
from shared.embedding import LlamaEmbedder
from shared.settings import EMBEDDING_MODEL

MINIMUM_ACCURACY = 0.90
_BINS = 10


async def main() -> int:
    """Print the evaluation; the exit status is 1 under the minimum accuracy."""
    async with LlamaEmbedder(EMBEDDING_MODEL) as embedder:
        accuracy = await print_evaluation(embedder, load_head())
    return int(accuracy < MINIMUM_ACCURACY)


async def print_evaluation(embedder: Embedder, head: Head) -> float:
    """Print accuracy, confusion, mistakes and calibration error; return the accuracy."""
    utterances = load_utterances("evaluation")
    vectors = await embedder.embed([each.text for each in utterances])
    confusion = {wanted: dict.fromkeys(Route, 0) for wanted in Route}
    outcomes: list[tuple[float, bool]] = []
    for each, vector in zip(utterances, vectors, strict=True):
        scores = head.probabilities(vector)
        decided = max(scores, key=lambda route: scores[route])
        confusion[each.label][decided] += 1
        outcomes.append((scores[decided], decided is each.label))
        if decided is not each.label:
            sys.stdout.write(
                f"  {each.label.value} taken for {decided.value} ({scores[decided]:.2f}): "
                f"{each.text}\n"
            )
    accuracy = sum(right for _, right in outcomes) / len(outcomes)
    for wanted, row in confusion.items():
        counts = "  ".join(f"{route.value} {row[route]:3d}" for route in Route)
        sys.stdout.write(f"{wanted.value:7s} -> {counts}\n")
    sys.stdout.write(
        f"accuracy {accuracy:.3f} of {len(outcomes)}, "
        f"expected calibration error {calibration_error(outcomes):.3f}\n"
    )
    return accuracy


def calibration_error(outcomes: list[tuple[float, bool]]) -> float:
    """Return the expected calibration error over ten equal bins (Guo et al. 2017)."""
    confidences = np.asarray([confidence for confidence, _ in outcomes])
    rights = np.asarray([right for _, right in outcomes], dtype=float)
    bins = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    total = 0.0
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            gap = abs(rights[inside].mean() - confidences[inside].mean())
            total += float(gap * inside.mean())
    return total


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
