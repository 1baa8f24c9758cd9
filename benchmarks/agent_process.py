"""The agent as a process of its own, on services that answer at once."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.demo.free_ports import free_port_base
from shared.clients import AgentClient, is_serving, open_channel
from shared.settings import CommonSettings

_POLL_SECONDS = 0.005


class AgentProcess:
    """Starts, kills and starts again an agent on one folder."""

    def __init__(self, home: Path, max_running: int = 16) -> None:
        """Keep everything below ``home``."""
        home.mkdir(parents=True, exist_ok=True)
        (home / "token").write_text(secrets.token_urlsafe(16), encoding="utf-8")
        self.database = home / "agent" / "mesh.db"
        self._home = home
        self._max_running = max_running
        self._settings = CommonSettings(mesh_home=home, mesh_port_base=free_port_base())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs. Raises: RuntimeError when none does."""
        if self._process is None:
            raise RuntimeError("the agent was not started")
        return self._process.pid

    async def start(self, **variables: str) -> float:
        """Start it and wait until it serves; return the time at which it did (`time.time`)."""
        with (self._home / "agent.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.instant_agent"],
                env={
                    **os.environ,
                    "MESH_HOME": str(self._home),
                    "MESH_PORT_BASE": str(self._settings.mesh_port_base),
                    "AGENT_MAX_RUNNING_TASKS": str(self._max_running),
                    "OBS_MODE": "shipping",
                    **variables,
                },
                stderr=log,
            )
        async with open_channel(self._settings.address_of("agent"), self._settings) as channel:
            while not await is_serving(channel):
                if self._process.poll() is not None:
                    raise RuntimeError((self._home / "agent.log").read_text(encoding="utf-8"))
                await asyncio.sleep(_POLL_SECONDS)
        return time.time()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[AgentClient]:
        """Open a client."""
        async with open_channel(self._settings.address_of("agent"), self._settings) as channel:
            yield AgentClient(channel)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal and wait for the end."""
        if self._process is not None:
            self._process.send_signal(how)
            await asyncio.to_thread(self._process.wait)
            self._process = None
