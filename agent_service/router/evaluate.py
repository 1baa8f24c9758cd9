"""Measure the router on unseen utterances: ``python -m agent_service.router.evaluate``."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

import numpy as np

from agent_service.router.dataset import Utterance, load_utterances
from agent_service.router.embedding_router import open_router
from agent_service.router.latency import LENGTHS, measure_latency, utterances_of
from core.ports import CallContext, Router
from core.workflows import BUILT_IN
from shared.settings import EMBEDDING_MODEL

MINIMUM_ACCURACY = 0.97
MAXIMUM_CALIBRATION_ERROR = 0.05
_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the router made of one utterance."""

    utterance: Utterance
    decision: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether it took the labelled workflow."""
        return self.decision == self.utterance.label


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the router made of every utterance of evaluation.jsonl."""

    outcomes: list[Outcome]

    @property
    def accuracy(self) -> float:
        """The share of right decisions, threshold and fallback aside."""
        return sum(each.right for each in self.outcomes) / len(self.outcomes)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error."""
        return calibration_error([(each.confidence, each.right) for each in self.outcomes])

    def count(self, label: str, decision: str) -> int:
        """Return how many utterances of ``label`` took ``decision``."""
        pairs = ((each.utterance.label, each.decision) for each in self.outcomes)
        return sum(pair == (label, decision) for pair in pairs)


async def main() -> int:
    """Print the evaluation and the latency; the exit status is 1 under the minimum accuracy."""
    async with open_router(EMBEDDING_MODEL) as router:
        evaluation = await evaluate(router)
        print_evaluation(evaluation)
        await print_latency(router)
    if evaluation.accuracy >= MINIMUM_ACCURACY:
        return 0
    sys.stderr.write(f"the accuracy is under {MINIMUM_ACCURACY}\n")
    return 1


async def evaluate(router: Router) -> Evaluation:
    """Route every utterance of evaluation.jsonl."""
    outcomes: list[Outcome] = []
    for utterance in load_utterances("evaluation"):
        decided = await router.route(utterance.text, CallContext("", "", ""))
        outcomes.append(Outcome(utterance, decided.decision, decided.confidence))
    return Evaluation(outcomes)


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the mistakes, the confusion, the accuracy and the calibration error."""
    for each in evaluation.outcomes:
        if not each.right:
            sys.stdout.write(
                f"  {each.utterance.label} taken for {each.decision} "
                f"({each.confidence:.2f}): {each.utterance.text!r}\n"
            )
    asked = {each.utterance.label for each in evaluation.outcomes}
    for label in (name for name in BUILT_IN.names if name in asked):
        row = [(decision, evaluation.count(label, decision)) for decision in BUILT_IN.names]
        counts = "  ".join(f"{decision} {count:3d}" for decision, count in row)
        recall = evaluation.count(label, label) / sum(count for _, count in row)
        sys.stdout.write(f"{label:7s} -> {counts}   {recall:.3f}\n")
    sys.stdout.write(
        f"accuracy {evaluation.accuracy:.3f} of {len(evaluation.outcomes)}, "
        f"expected calibration error {evaluation.calibration_error:.3f}\n"
    )


async def print_latency(router: Router) -> None:
    """Print p50 and p95 of the evaluation utterances as typed, and of the longest promised."""
    texts = [each.text for each in load_utterances("evaluation")]
    texts = [text for text in texts if len(text.split()) <= LENGTHS[0]]
    rows = {f"up to {LENGTHS[0]} words, as typed": texts}
    rows |= {f"exactly {words} words": utterances_of(words) for words in LENGTHS}
    for name, some in rows.items():
        latency = await measure_latency(router, some)
        sys.stdout.write(f"{name}: p50 {latency.p50_ms:.1f} ms, p95 {latency.p95_ms:.1f} ms\n")


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
