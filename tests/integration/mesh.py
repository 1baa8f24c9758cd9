"""A mesh of real processes for a test: start, kill, start again, look inside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import grpc

from cli.demo.free_ports import free_port_base
from shared.clients import AgentClient, KnowledgeClient, ToolClient, is_serving, open_channel
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.settings import CommonSettings

SERVICES = ("llm", "tool", "chroma", "agent")
_START_SECONDS = 60.0
_STARTUP_ERROR = 78
ROOT = Path(__file__).parents[2]

CODE = "write a function that returns the sum of squares of even numbers"
RUN = "run print(6 * 7)"
ASK = "which port does the agent listen on?"
DOCUMENT = "# Ports\n\nThe agent listens on port 7400.\n\nThe tools have their own port.\n"
"""A request for code, for a tool and for a document, and the document that answers it."""


class Mesh:
    """Four services below one folder, on ports of their own."""

    def __init__(self, home: Path) -> None:
        """Choose ports and write a token; nothing is started yet."""
        self.home = home
        self.port_base = free_port_base()
        home.mkdir(parents=True, exist_ok=True)
        token = home / "token"
        token.write_text(secrets.token_urlsafe(16), encoding="utf-8")
        token.chmod(0o600)
        self.settings = CommonSettings(mesh_home=home, mesh_port_base=self.port_base)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this mesh."""
        kept = {key: value for key, value in os.environ.items() if not _is_ours(key)}
        return {
            **kept,
            "MESH_HOME": str(self.home),
            "MESH_PORT_BASE": str(self.port_base),
            "MESH_DRAIN_SECONDS": "2",
            "PYTHONUNBUFFERED": "1",
        }

    def module_of(self, name: str) -> str:
        """The Python module that runs a service."""
        return f"{name}_service"

    def spawn(self, name: str, failpoint: str = "", **extra: str) -> subprocess.Popen[bytes]:
        """Start a service without waiting for it; ``failpoint`` is a MESH_FAILPOINT."""
        environment = {**self.environment, "MESH_FAILPOINT": failpoint, **extra}
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module_of(name)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes[name] = process
        return process

    async def start(self, *names: str, failpoints: Mapping[str, str] | None = None) -> None:
        """Start services (all by default) and wait until they are healthy."""
        chosen = names or SERVICES
        for name in chosen:
            self.spawn(name, (failpoints or {}).get(name, ""))
        await asyncio.gather(*(self.healthy(name) for name in chosen))

    async def healthy(self, name: str) -> None:
        """Wait until a service answers its health check."""
        async with asyncio.timeout(_START_SECONDS), self.channel(name) as channel:
            while not await is_serving(channel):
                code = self._processes[name].poll()
                assert code is None, f"{name} exited with {code}: {self.said(name)}"
                await asyncio.sleep(0.05)

    @property
    def started(self) -> bool:
        """Whether services were started."""
        return bool(self._processes)

    def pid(self, name: str) -> int:
        """The process of a service."""
        return self._processes[name].pid

    def kill(self, name: str) -> None:
        """Send SIGKILL and wait for the end."""
        self._processes[name].send_signal(signal.SIGKILL)
        self._processes[name].wait(10)

    async def exited(self, name: str) -> int:
        """Wait until a service ends by itself; return its exit status."""
        return await asyncio.to_thread(self._processes[name].wait, 60)

    async def stop(self, name: str) -> int:
        """Send SIGTERM and return the exit status."""
        self._processes[name].terminate()
        return await self.exited(name)

    def stop_all(self) -> None:
        """Leave no process behind."""
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
        for process in self._processes.values():
            process.wait(10)

    def log(self, name: str) -> Path:
        """The file with what a service says."""
        return self.home / f"{name}.out"

    def said(self, name: str) -> str:
        """What a service said last."""
        return self.log(name).read_text(encoding="utf-8", errors="replace")[-2000:]

    def channel(self, name: str) -> contextlib.AbstractAsyncContextManager[grpc.aio.Channel]:
        """A channel to a service, with the token."""
        return open_channel(self.settings.address_of(name), self.settings)

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[AgentClient]:
        """A client of the agent."""
        async with self.channel("agent") as channel:
            yield AgentClient(channel)

    @asynccontextmanager
    async def tools(self) -> AsyncIterator[ToolClient]:
        """A client of the tools."""
        async with self.channel("tool") as channel:
            yield ToolClient(channel)

    async def ingest(self, source: str, text: str) -> None:
        """Ingest a document."""
        async with self.channel("chroma") as channel:
            await KnowledgeClient(channel).ingest(source, text.encode())

    async def submit(self, text: str, workflow: str = "") -> pb.Task:
        """Submit a task."""
        async with self.agent() as agent:
            return await agent.submit(
                pb.SubmitTaskRequest(text=text, correlation_id=str(uuid.uuid4()), workflow=workflow)
            )

    async def ended(self, task_id: str, seconds: float = 90.0) -> pb.Task:
        """Wait until a task has ended."""
        async with asyncio.timeout(seconds), self.agent() as agent:
            while True:
                task = await agent.get(task_id)
                if task.status not in (pb.TASK_STATUS_QUEUED, pb.TASK_STATUS_RUNNING):
                    return task
                await asyncio.sleep(0.05)

    async def hop_started(self, task_id: str, role: str) -> None:
        """Wait until the hop of a role has started."""
        wanted = role
        async with asyncio.timeout(60), self.agent() as agent:
            async for response in agent.watch(task_id):
                event = response.event
                if event.type == pb.EVENT_TYPE_HOP_STARTED and event.role == wanted:
                    return
        raise AssertionError(f"the hop of the {role} never started")

    async def events(self, task_id: str, from_sequence: int = 1) -> list[pb.TaskEvent]:
        """Return the events of a task that ended."""
        async with asyncio.timeout(30), self.agent() as agent:
            return [
                response.event
                async for response in agent.watch(task_id, from_sequence)
                if response.HasField("event")
            ]


async def refused(mesh: Mesh, name: str, **environment: str) -> str:
    """Start a service that cannot start; return the line that it says last."""
    mesh.spawn(name, **environment)
    assert await mesh.exited(name) == _STARTUP_ERROR
    lines = mesh.said(name).strip().splitlines()
    assert "Traceback" not in mesh.said(name)
    assert lines[-1].startswith(f"{name}: ")
    return lines[-1]


def _is_ours(variable: str) -> bool:
    return variable.startswith(
        ("MESH_", "AGENT_", "LLM_", "OPENAI_", "TOOL_", "CHROMA_", "OBS_", "OTEL_")
    )
