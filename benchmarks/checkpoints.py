"""Hops a second and growth of the checkpointer, beside LangGraph's AsyncSqliteSaver."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.five_nodes import NODES, SAVERS, Graph, open_graphs, run_turn
from benchmarks.measuring import Measurement, measure, median_of

_AT_ONCE = (1, 16)
_TURNS = (10, 100, 300)
_DURABLE = SAVERS[:2]


async def compare(tasks: int, repeats: int) -> dict[str, Any]:
    """Measure all savers in turns, then how one long thread grows."""
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as below:
        growth = [await _growth(Path(below), turns) for turns in _TURNS]
    return {**await _speed_alone(tasks, repeats), "growth": growth}


async def _speed(graphs: Any, tasks: int, repeats: int, at_once: int) -> dict[str, Any]:
    found: dict[str, list[Measurement]] = {name: [] for name in SAVERS}
    for _ in range(repeats + 1):  # the first one warms up
        for name in SAVERS:
            found[name].append(await measure(_turn(graphs[name]), tasks, at_once))
    medians = {name: median_of(each[1:]) for name, each in found.items()}
    ours, theirs = (medians[name].per_second for name in _DURABLE)
    rows = {
        name: {**asdict(each), "hops_per_second": NODES * each.per_second}
        for name, each in medians.items()
    }
    return {"at_once": at_once, **rows, "ratio": ours / theirs}


def _turn(graph: Graph) -> Callable[[int], Awaitable[None]]:
    async def turn(_: int) -> None:
        await run_turn(graph)

    return turn


async def _growth(below: Path, turns: int) -> dict[str, Any]:
    """Let one thread grow, for each saver on disk."""
    row: dict[str, Any] = {"turns": turns}
    with tempfile.TemporaryDirectory(dir=below) as folder:
        async with open_graphs(Path(folder)) as graphs:
            times = {name: await _long_thread(graphs[name], turns) for name in _DURABLE}
        files = {"agent_mesh": "mesh.db", "async_sqlite_saver": "langgraph.db"}
        for name in _DURABLE:
            tenth = max(1, turns // 10)
            first, last = (
                statistics.median(part) for part in (times[name][:tenth], times[name][-tenth:])
            )
            row[name] = {
                "kilobytes_a_turn": (Path(folder) / files[name]).stat().st_size / 1024 / turns,
                "first_turns_ms": 1e3 * first,
                "last_turns_ms": 1e3 * last,
                "last_to_first": last / first,
            }
    return row


async def _long_thread(graph: Graph, turns: int) -> list[float]:
    times: list[float] = []
    for _ in range(turns):
        began = time.perf_counter()
        await run_turn(graph, "one long thread")
        times.append(time.perf_counter() - began)
    return times


def _sync_ms(folder: Path) -> float:
    """Return the median time of a write of 8 KiB that is forced to the disk."""
    descriptor = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY, 0o600)
    times: list[float] = []
    try:
        for _ in range(200):
            began = time.perf_counter()
            os.write(descriptor, b"x" * 8192)
            os.fdatasync(descriptor)
            times.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
    return 1e3 * statistics.median(times)


async def _speed_alone(tasks: int, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as below:
        async with open_graphs(Path(below)) as graphs:
            speed = [await _speed(graphs, tasks, repeats, at_once) for at_once in _AT_ONCE]
        return {"disk_sync_ms": _sync_ms(Path(below)), "speed": speed}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_speed_alone(int(sys.argv[1]), int(sys.argv[2])))))
