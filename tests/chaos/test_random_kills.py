"""Processes die at random moments; nothing is lost and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import MeshError
from core.ports import CallContext
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import Mesh

SECONDS = float(os.environ.get("MESH_CHAOS_SECONDS", "12"))
TEXTS = (
    "write a function that returns the sum of squares of even numbers",
    "hello",
    "what is 12 * 7?",
    "which port does the agent listen on?",
)
LINES = 40


@asynccontextmanager
async def dying(mesh: Mesh, *names: str, seed: int) -> AsyncIterator[list[str]]:
    """Kill one of ``names`` again and again and start it again; yield who died."""
    rng = random.Random(seed)
    killed: list[str] = []

    async def kill() -> None:
        while True:
            await asyncio.sleep(rng.uniform(0.05, 1.5))
            name = rng.choice(names)
            mesh.kill(name)
            killed.append(name)
            await mesh.start(name)

    work = asyncio.create_task(kill())
    try:
        yield killed
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await asyncio.gather(*(mesh.healthy(name) for name in names))


async def test_every_accepted_task_ends_well_whoever_dies(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    await fresh_mesh.ingest("ports.md", "# Ports\n\nThe agent listens on port 7400.\n")
    accepted: list[str] = []
    deadline = time.monotonic() + SECONDS
    async with dying(fresh_mesh, "agent", "agent", "llm", "tool", "chroma", seed=7) as killed:
        while time.monotonic() < deadline:
            text = TEXTS[len(accepted) % len(TEXTS)]
            try:
                accepted.append((await fresh_mesh.submit(text)).task_id)
            except MeshError:
                await asyncio.sleep(0.1)
            await asyncio.sleep(0.15)

    assert len(killed) >= 3
    for task_id in accepted:
        task = await fresh_mesh.ended(task_id, seconds=120)
        assert task.status == pb.TASK_STATUS_COMPLETED or crash_loop(task), task
        await check_history(fresh_mesh, task)


async def test_every_line_is_written_once_however_often_the_tool_service_dies(
    fresh_mesh: Mesh,
) -> None:
    await fresh_mesh.start("tool")
    async with dying(fresh_mesh, "tool", seed=3) as killed:
        for number in range(LINES):
            await append_for_sure(fresh_mesh, f"line {number}")
            await asyncio.sleep(SECONDS / LINES)
    assert killed
    journal = fresh_mesh.home / "workspace" / "journal.txt"
    written = journal.read_text(encoding="utf-8").splitlines()
    assert written == [f"line {number}" for number in range(LINES)]


async def append_for_sure(mesh: Mesh, line: str) -> None:
    """Call append_line under one id until it is answered."""
    context = CallContext(call_id=line, task_id="", correlation_id="", deadline_seconds=10)
    async with asyncio.timeout(60), mesh.tools() as tools:
        while True:
            try:
                result = await tools.call(
                    "append_line", {"path": "journal.txt", "line": line}, context
                )
            except MeshError as error:
                assert error.retryable or error.reason == "CANCELLED", error
                await asyncio.sleep(0.05)
            else:
                assert result.ok
                return


async def check_history(mesh: Mesh, task: pb.Task) -> None:
    """The events have no gap and no double, and no hop was completed twice."""
    events = await mesh.events(task.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    completed = Counter(e.hop_index for e in events if e.type == pb.EVENT_TYPE_HOP_COMPLETED)
    assert completed == Counter(hop.index for hop in task.hops)
    ends = {pb.EVENT_TYPE_COMPLETED, pb.EVENT_TYPE_FAILED}
    assert sum(event.type in ends for event in events) == 1


def crash_loop(task: pb.Task) -> bool:
    """Three kills in the same hop are told from a crash loop by nobody: the task says so."""
    return task.status == pb.TASK_STATUS_FAILED and task.failure_reason == "CRASH_LOOP"
