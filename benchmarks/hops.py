"""Tasks and hops a second through gRPC, beside a plain LangGraph script on AsyncSqliteSaver."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agent_process import AgentProcess
from benchmarks.instant_services import HOPS
from benchmarks.measuring import Measurement, measure, median_of
from benchmarks.plain_script import open_plain_workflow, run_plain
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_TEXT = "write a function that doubles a number, please " * 20  # about 1 KB
_WARM_UP = 20


async def compare(tasks: int, repeats: int) -> list[dict[str, Any]]:
    """Measure both at 1 and at 16 tasks at once, in turns; return medians and ratios."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        agent = AgentProcess(Path(folder))
        await agent.start()
        async with (
            agent.client() as client,
            open_plain_workflow(Path(folder) / "plain.db") as workflow,
        ):

            async def ours(_: int) -> None:
                await _run_task(client)

            async def plain(_: int) -> None:
                await run_plain(workflow, _TEXT)

            for work in (ours, plain):
                await measure(work, _WARM_UP, 4)
            for at_once in (1, 16):
                rows.append(await _row(ours, plain, tasks, repeats, at_once))
        await agent.stop()
    return rows


async def _row(
    ours: Callable[[int], Awaitable[None]],
    plain: Callable[[int], Awaitable[None]],
    tasks: int,
    repeats: int,
    at_once: int,
) -> dict[str, Any]:
    mesh: list[Measurement] = []
    script: list[Measurement] = []
    for _ in range(repeats):
        mesh.append(await measure(ours, tasks, at_once))
        script.append(await measure(plain, tasks, at_once))
    one, other = median_of(mesh), median_of(script)
    return {
        "at_once": at_once,
        "agent_mesh": {**asdict(one), "hops_per_second": HOPS * one.per_second},
        "plain_script": {**asdict(other), "hops_per_second": HOPS * other.per_second},
        "throughput_ratio": one.per_second / other.per_second,
        "p50_ratio": one.p50_ms / other.p50_ms,
    }


async def _run_task(client: AgentClient) -> None:
    request = pb.SubmitTaskRequest(text=_TEXT, correlation_id=str(uuid.uuid4()))
    ended = pb.TASK_STATUS_UNSPECIFIED
    async for response in client.run(request):
        ended = response.task.status or ended
    if ended != pb.TASK_STATUS_COMPLETED:
        raise RuntimeError(f"a task ended as {pb.TaskStatus.Name(ended)}")
