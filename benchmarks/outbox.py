"""What the outbox costs: the workflow with events in the transaction of a checkpoint, or none."""

from __future__ import annotations

import statistics
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agent_service.clock import SystemClock
from agent_service.storage.records import Submission
from agent_service.storage.sqlite import storage_in
from agent_service.storage.sqlite.schema import SCHEMA
from benchmarks.instant_services import HOPS
from benchmarks.measuring import measure
from benchmarks.plain_script import build_instant_workflow, run_plain
from shared.checkpointing import SqliteCheckpointer
from shared.sqlite import Database, open_database

_AT_ONCE = 16
_TEXT = "write a function that doubles a number, please " * 20  # about 1 KB


async def compare(tasks: int, repeats: int) -> dict[str, Any]:
    """Run both in turns; both write the same task rows."""
    found: dict[str, list[float]] = {"with_outbox": [], "without_outbox": []}
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        async with open_database(Path(folder) / "mesh.db", SCHEMA) as database:
            works = {name: _work(database, name == "with_outbox") for name in found}
            for _ in range(repeats + 1):  # the first one warms up
                for name, work in works.items():
                    found[name].append((await measure(work, tasks, _AT_ONCE)).per_second)
    hops = {name: HOPS * statistics.median(each[1:]) for name, each in found.items()}
    return {**hops, "cost": 1 - hops["with_outbox"] / hops["without_outbox"]}


def _work(database: Database, with_outbox: bool) -> Callable[[int], Awaitable[None]]:
    storage = storage_in(database, SystemClock(), queue_limit=10_000, max_review_cycles=2)
    checkpointer = storage.checkpointer if with_outbox else SqliteCheckpointer(database)
    workflow = build_instant_workflow(checkpointer)

    async def work(_: int) -> None:
        await storage.queue.submit(Submission(_TEXT, str(uuid.uuid4())))
        claimed = await storage.queue.claim_oldest()
        if claimed is None:
            raise RuntimeError("somebody else took the task")
        await run_plain(workflow, _TEXT, claimed.task_id)

    return work
