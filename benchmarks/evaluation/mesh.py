"""The mesh that is evaluated, on one model."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.service_processes import services
from shared.clients import AgentClient
from shared.clients.knowledge import KnowledgeClient
from shared.clients.llm import LlmClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_POLL_SECONDS = 0.05
_RUNNING = (pb.TASK_STATUS_QUEUED, pb.TASK_STATUS_RUNNING)


@dataclass(frozen=True, slots=True)
class EvaluatedMesh:
    """Clients of a running mesh."""

    agent: AgentClient
    model: LlmClient
    knowledge: KnowledgeClient

    async def run(self, text: str, workflow: str) -> tuple[pb.Task, float]:
        """Run a task to its end; return it and the seconds that it took."""
        started = time.monotonic()
        task = await self.agent.submit(
            pb.SubmitTaskRequest(text=text, correlation_id=str(uuid.uuid4()), workflow=workflow)
        )
        while task.status in _RUNNING:
            await asyncio.sleep(_POLL_SECONDS)
            task = await self.agent.get(task.task_id)
        return task, time.monotonic() - started


@asynccontextmanager
async def mesh_on(model: Path, home: Path) -> AsyncIterator[EvaluatedMesh]:
    """Start a mesh below ``home`` on a GGUF, and stop it at the end."""
    names = ("llm", "tool", "chroma", "agent")
    async with services(home, names, LLM_MODEL_PATH=str(model)) as channels:
        yield EvaluatedMesh(
            AgentClient(channels["agent"]),
            LlmClient(channels["llm"]),
            KnowledgeClient(channels["chroma"]),
        )


def written_tokens(home: Path) -> Counter[str]:
    """Return the tokens that the model wrote for each task, by the spans of a stopped mesh."""
    written: Counter[str] = Counter()
    with closing(sqlite3.connect(home / "spans.db")) as connection:
        rows = connection.execute("SELECT attributes FROM spans WHERE name = 'agent.llm_call'")
        for (text,) in rows:
            attributes = json.loads(text)
            tokens = int(attributes.get("gen_ai.usage.output_tokens", 0))
            written[attributes["mesh.task_id"]] += tokens
    return written
