"""How long one routing takes, by the number of words."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agent_service.router.dataset import load_utterances
from core.ports import CallContext, Router

LENGTHS = (30, 120)
"""The lengths in words that have a promise."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds a routing, one at a time."""

    p50_ms: float
    p95_ms: float


def utterances_of(words: int, count: int = 100) -> list[str]:
    """Return ``count`` texts of exactly ``words`` words, cut from the evaluation utterances."""
    stream = " ".join(each.text for each in load_utterances("evaluation")).split()
    stream *= 1 + words * count // len(stream)
    return [" ".join(stream[start * words : (start + 1) * words]) for start in range(count)]


async def measure_latency(router: Router, texts: Sequence[str]) -> Latency:
    """Route ``texts``, at least two, one after the other."""
    took: list[float] = []
    for text in texts:
        began = time.perf_counter()
        await router.route(text, CallContext("", "", ""))
        took.append(1e3 * (time.perf_counter() - began))
    return Latency(statistics.median(took), statistics.quantiles(took, n=20)[18])
