"""How the suites call a port: under ids of their own, and held where a service acts."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.ports import CallContext
from shared.testing import Calls
from tests.integration.mesh import Mesh

_REACHED_SECONDS = 20.0


def new_call(task_id: str = "", *, seconds: float = 30.0) -> CallContext:
    """Return the context of a call that nobody has made yet, of a task of its own or of one."""
    task = task_id or str(uuid.uuid4())
    return CallContext(f"{task}:0:{uuid.uuid4().hex}", task, task, deadline_seconds=seconds)


class Gate(Protocol):
    """Holds a call that a service has taken."""

    def close(self, seconds: float) -> None:
        """Hold the next call for so long."""
        ...

    async def reached(self) -> None:
        """Return once a call is held."""
        ...

    def open(self) -> None:
        """Hold none any more."""
        ...


@dataclass(frozen=True)
class FakeGate:
    """Holds the calls of a fake."""

    calls: Calls

    def close(self, seconds: float) -> None:
        """Hold calls for so long."""
        self.calls.hold()
        asyncio.get_running_loop().call_later(seconds, self.calls.release)

    async def reached(self) -> None:
        """Return once a call is held."""
        async with asyncio.timeout(_REACHED_SECONDS):
            while not self.calls.waiting:
                await asyncio.sleep(0.001)

    def open(self) -> None:
        """Let calls go on."""
        self.calls.release()


@dataclass(frozen=True)
class FailpointGate:
    """Holds the next call of a process that passes a failpoint (`shared.failpoints`)."""

    armed: Path

    @classmethod
    def of(cls, mesh: Mesh, failpoint: str) -> FailpointGate:
        """Return the gate at a failpoint of services that were started with ``watch``."""
        return cls(mesh.home / "failpoints" / failpoint)

    def close(self, seconds: float) -> None:
        """Hold the next call for so long."""
        self.armed.write_text(f"sleep={seconds}", encoding="utf-8")

    async def reached(self) -> None:
        """Return once the process has taken the file away, which it does where it then sleeps."""
        async with asyncio.timeout(_REACHED_SECONDS):
            while self.armed.exists():
                await asyncio.sleep(0.01)

    def open(self) -> None:
        """Hold none that has not come yet; a call that is held sleeps on."""
        self.armed.unlink(missing_ok=True)
