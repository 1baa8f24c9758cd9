"""A mesh that is attacked: services that die are started again, as a supervisor would."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from core.errors import MeshError, NotFound
from shared.clients import AgentClient, KnowledgeClient, is_serving
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.chaos.evidence import Evidence
from tests.chaos.workload import DOCUMENT, Job, Submitted
from tests.integration.mesh import Mesh

_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Death:
    """A process that was found dead, and its exit status."""

    name: str
    status: int


@dataclass(frozen=True)
class Kill:
    """A SIGKILL: when it was sent, and when the process was gone."""

    name: str
    at: datetime
    ended: datetime


class ChaosMesh(Mesh):
    """The mesh of the integration tests with the witness, the fixed choice and armed points."""

    def __init__(self, home: Path) -> None:
        """Choose ports; nothing is started yet."""
        super().__init__(home)
        self.witness_file = home / "witness.txt"
        self.evidence = Evidence(home)
        self.deaths: list[Death] = []
        self.kills: list[Kill] = []
        self._away: set[str] = set()
        self._given: dict[str, dict[str, str]] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of this mesh."""
        return {
            **super().environment,
            "TOOL_WITNESS_FILE": str(self.witness_file),
            # Random kills may well meet one hop three times; here that is no crash loop.
            "AGENT_MAX_CRASHES": "1000",
        }

    def module_of(self, name: str) -> str:
        """The module that runs a service; the agent's is the one with the fixed choice."""
        return "tests.chaos.chaos_agent" if name == "agent" else super().module_of(name)

    def spawn(self, name: str, failpoint: str = "", **extra: str) -> subprocess.Popen[bytes]:
        """Start a service; ``extra`` holds for its later lives too."""
        self._given[name] = extra
        return super().spawn(name, failpoint or "watch", **extra)

    def arm(self, failpoint: str, action: str = "kill") -> None:
        """Let the next process that passes ``failpoint`` do ``action``."""
        folder = self.home / "failpoints"
        folder.mkdir(exist_ok=True)
        draft = self.home / f"failpoint-draft-{failpoint}"
        draft.write_text(action, encoding="utf-8")
        draft.rename(folder / failpoint)

    def armed(self) -> list[Path]:
        """Return the files of the failpoints that wait to be passed."""
        return [path for path in (self.home / "failpoints").iterdir() if ".fired-" not in path.name]

    def disarm(self) -> None:
        """Let no failpoint do anything from now on."""
        for path in self.armed():
            path.unlink()

    async def passed(self, failpoint: str) -> None:
        """Wait until the armed failpoint whose name begins so was passed."""
        async with asyncio.timeout(20):
            while any(path.name.startswith(failpoint) for path in self.armed()):
                await asyncio.sleep(_LOOK_SECONDS)

    def kill(self, name: str) -> None:
        """Send SIGKILL, remember when, and wait for the end."""
        at = datetime.now(UTC)
        super().kill(name)
        self.kills.append(Kill(name, at, datetime.now(UTC)))

    async def died(self, deaths: int) -> None:
        """Wait until more than ``deaths`` deaths were seen."""
        async with asyncio.timeout(10):
            while len(self.deaths) <= deaths:
                await asyncio.sleep(_LOOK_SECONDS)

    def terminate(self, name: str) -> None:
        """Send SIGTERM."""
        self._processes[name].terminate()

    async def renew(self, name: str, **extra: str) -> None:
        """Replace a service by one with ``extra`` in its environment."""
        super().kill(name)
        self.spawn(name, **extra)
        await self.serving(name)

    @asynccontextmanager
    async def without(self, name: str) -> AsyncIterator[None]:
        """Kill a service and keep it away for as long as the block runs."""
        self._away.add(name)
        super().kill(name)
        try:
            yield
        finally:
            self._away.discard(name)

    async def delete_source(self, source: str) -> None:
        """Delete a document; one that is gone counts as deleted."""
        async with self.channel("chroma") as channel:
            with contextlib.suppress(NotFound):
                await KnowledgeClient(channel).delete_source(source)

    def freeze(self, name: str) -> None:
        """Stop a process where it stands (SIGSTOP)."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on (SIGCONT)."""
        self._processes[name].send_signal(signal.SIGCONT)

    def lives(self, name: str) -> bool:
        """Say whether the process of a service runs."""
        return self._processes[name].poll() is None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Start what dies again; at the end every service is up."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
            await self.serving(*self._processes)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            for name, process in self._processes.items():
                status = process.poll()
                if status is not None and name not in self._away:
                    self.deaths.append(Death(name, status))
                    self.spawn(name, **self._given[name])
            await asyncio.sleep(_LOOK_SECONDS)

    async def serving(self, *names: str) -> None:
        """Wait until services answer, whichever of their lives that is."""
        async with asyncio.timeout(60):
            for name in names:
                async with self.channel(name) as channel:
                    while not await is_serving(channel):
                        await asyncio.sleep(_LOOK_SECONDS)

    async def submitted(self, job: Job) -> Submitted:
        """Submit under one correlation id until the submission is acknowledged."""
        request = pb.SubmitTaskRequest(
            text=job.text, workflow=job.workflow, correlation_id=str(uuid.uuid4())
        )
        async with asyncio.timeout(60), self.channel("agent") as channel:
            client = AgentClient(channel)
            while True:
                try:
                    task = await client.submit(request)
                except MeshError as error:
                    assert error.retryable or error.reason == "CANCELLED", error
                    await asyncio.sleep(0.05)
                else:
                    return Submitted(task.task_id, job)

    async def settled(self, seconds: float = 60.0) -> None:
        """Wait until no task is queued or running, in the database itself."""
        async with asyncio.timeout(seconds):
            while self.evidence.unfinished():
                await asyncio.sleep(0.05)

    async def prepare(self, jobs: Iterable[Job]) -> None:
        """Start what is not started, ingest the document, and do each job once, undisturbed."""
        if self.started:
            await self.serving(*self._processes)
        else:
            await self.start()
        await self.ingest("ports.md", DOCUMENT)
        done = [await self.submitted(job) for job in jobs]
        await self.settled()
        self.evidence.expect(done)

    def spawn_stray(self) -> subprocess.Popen[bytes]:
        """Start a process with this mesh's environment that no service answers for."""
        return subprocess.Popen(["sleep", "60"], env=self.environment)

    def orphans(self) -> list[str]:
        """Return the processes that still belong to this mesh's folder."""
        ours = [process.pid for process in self._processes.values() if process.poll() is None]
        found = []
        for process in psutil.process_iter():
            if process.pid not in (*ours, os.getpid()) and _belongs(process, str(self.home)):
                found.append(f"{process.pid} {process.name()}")
        return found


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        said = [*process.cmdline(), process.cwd(), *process.environ().values()]
    except (psutil.Error, OSError):
        return False
    return process.status() != psutil.STATUS_ZOMBIE and any(home in each for each in said)
