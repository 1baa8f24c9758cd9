"""kill -9 with many unfinished tasks: how long until they go on, and how long SubmitTask takes."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import tempfile
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.agent_process import AgentProcess
from benchmarks.instant_services import HOLD_VARIABLE
from benchmarks.measuring import measure
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_SUBMITTERS = 4
_TEXT = "write a function that doubles a number, please " * 20  # about 1 KB


async def measure_restart(tasks: int) -> dict[str, Any]:
    """Bring ``tasks`` to the middle of their third hop, kill the agent, and start it again."""
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        agent = AgentProcess(Path(folder), max_running=tasks)
        try:
            await agent.start(**{HOLD_VARIABLE: "1"})
            async with agent.client() as client:
                submitted = await measure(_submit(client), tasks, _SUBMITTERS)
            await _until(agent, _HELD, tasks)
            await agent.stop(signal.SIGKILL)
            began = time.time()
            ready = await agent.start()
            await _until(agent, _COMPLETED, tasks)
            completed = time.time()
            first_hop = datetime.fromisoformat(_one(agent, _FIRST_HOP_AGAIN)).timestamp()
            recovered = int(_one(agent, _RECOVERED))
        finally:
            await agent.stop()
    return {
        "tasks": tasks,
        "submit_p50_ms": submitted.p50_ms,
        "submit_p95_ms": submitted.p95_ms,
        "recovered": recovered,
        "start_to_ready_seconds": ready - began,
        "ready_to_first_hop_seconds": first_hop - ready,
        "ready_to_all_completed_seconds": completed - ready,
    }


def _submit(client: AgentClient) -> Any:
    async def submit(_: int) -> None:
        await client.submit(pb.SubmitTaskRequest(text=_TEXT, correlation_id=str(uuid.uuid4())))

    return submit


_HELD = "SELECT count(*) FROM events WHERE type = 'hop_started' AND hop_index = 2"
_COMPLETED = "SELECT count(*) FROM tasks WHERE status = 'completed'"
_RECOVERED = "SELECT count(*) FROM events WHERE type = 'recovered'"
_FIRST_HOP_AGAIN = "SELECT min(at) FROM events WHERE type = 'hop_started' AND attempt = 2"


def _one(agent: AgentProcess, query: str) -> str:
    connection = sqlite3.connect(f"file:{agent.database}?mode=ro", uri=True)
    try:
        return str(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


async def _until(agent: AgentProcess, query: str, count: int) -> None:
    async with asyncio.timeout(300):
        while int(await asyncio.to_thread(_one, agent, query)) < count:
            await asyncio.sleep(0.1)
