"""Runs work with so many at once and says how long each took."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """Calls a second, and the latencies of single calls in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float


async def measure(work: Callable[[int], Awaitable[None]], count: int, at_once: int) -> Measurement:
    """Do ``work`` for 0 to ``count`` - 1 with ``at_once`` workers."""
    numbers = iter(range(count))
    latencies: list[float] = []

    async def worker() -> None:
        for number in numbers:
            began = time.perf_counter()
            await work(number)
            latencies.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    total = time.perf_counter() - began
    cuts = statistics.quantiles(latencies, n=20)
    return Measurement(count / total, 1e3 * statistics.median(latencies), 1e3 * cuts[18])


def median_of(measurements: Sequence[Measurement]) -> Measurement:
    """Return the medians of repeated measurements."""
    return Measurement(
        statistics.median(each.per_second for each in measurements),
        statistics.median(each.p50_ms for each in measurements),
        statistics.median(each.p95_ms for each in measurements),
    )
