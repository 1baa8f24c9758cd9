"""The four services as processes, on one model."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from cli.demo.free_ports import free_port_base
from shared.clients import AgentClient, KnowledgeClient, is_serving, open_channel
from shared.clients.llm import LlmClient
from shared.settings import CommonSettings

_SERVICES = ("llm", "tool", "chroma", "agent")
_OURS = ("MESH_", "AGENT_", "LLM_", "OPENAI_", "TOOL_", "CHROMA_", "OBS_", "OTEL_")
_START_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class EvaluatedMesh:
    """Clients of a running mesh; ``workspace`` is the folder of its tools."""

    agent: AgentClient
    model: LlmClient
    knowledge: KnowledgeClient
    workspace: Path


@asynccontextmanager
async def mesh_on(model: Path, home: Path, **variables: str) -> AsyncIterator[EvaluatedMesh]:
    """Start a mesh below ``home`` on a GGUF, and stop it at the end."""
    token = home / "token"
    token.write_text(secrets.token_urlsafe(16), encoding="utf-8")
    token.chmod(0o600)
    settings = CommonSettings(mesh_home=home, mesh_port_base=free_port_base())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        "MESH_HOME": str(home),
        "MESH_PORT_BASE": str(settings.mesh_port_base),
        "LLM_MODEL_PATH": str(model),
        **variables,
    }
    processes = {name: _spawn(name, home, environment) for name in _SERVICES}
    try:
        async with AsyncExitStack() as stack:
            channels = {
                name: await stack.enter_async_context(
                    open_channel(settings.address_of(name), settings)
                )
                for name in _SERVICES
            }
            async with asyncio.timeout(_START_SECONDS):
                for name, channel in channels.items():
                    while not await is_serving(channel):
                        _check_alive(name, processes[name], home)
                        await asyncio.sleep(0.1)
            yield EvaluatedMesh(
                AgentClient(channels["agent"]),
                LlmClient(channels["llm"]),
                KnowledgeClient(channels["chroma"]),
                home / "workspace",
            )
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            await asyncio.to_thread(process.wait, 60)


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


def _spawn(name: str, home: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (home / f"{name}.out").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"{name}_service"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _check_alive(name: str, process: subprocess.Popen[bytes], home: Path) -> None:
    if process.poll() is not None:
        said = (home / f"{name}.out").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the {name} service ended: {said[-2000:]}")
