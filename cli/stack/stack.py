"""A stack: up, down, and how it is."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.stack import processes
from cli.stack.configuration import stop_seconds
from cli.stack.health import health_of
from cli.stack.last_words import last_line, log_size, own_words
from cli.stack.paths import SERVICES, StackPaths
from cli.stack.supervisor import ProcessInfo, Supervisor, SupervisorError
from cli.stack.token import ensure_token
from core.errors import StartupError
from shared.settings import CommonSettings

_POLL_SECONDS = 0.2
# A process in one of these states does not come back by itself.
_GIVEN_UP = ("FATAL", "EXITED", "STOPPED")
_MAX_EARLY_EXITS = 2


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """A service of the stack; ``pid`` is 0 when it does not run.

    ``state`` is supervisor's word: ``backoff`` is one that ended early and is tried again.
    ``reason`` is why it ended last, when it said so and is not back.
    """

    name: str
    pid: int
    address: str
    state: str
    healthy: bool
    uptime_seconds: int
    reason: str = ""


class Stack:
    """The four services of one MESH_HOME."""

    def __init__(self, settings: CommonSettings) -> None:
        """Take MESH_HOME and the ports from ``settings``."""
        self._settings = settings
        self.paths = StackPaths(Path(os.path.abspath(settings.mesh_home)))  # noqa: PTH100
        self._supervisor = Supervisor(self.paths)

    @property
    def supervised(self) -> bool:
        """Whether the supervisor runs, which starts what ends."""
        return self._supervisor.running()

    async def up(self, wait_seconds: float, on_change: Callable[[dict[str, bool]], None]) -> bool:
        """Start what does not run and wait until every service is healthy.

        Returns False when everything ran already. Raises: StartupError saying which service does
        not start, and what it said last. A stack that was down is down again then; one that was
        up stays so, and its supervisor goes on trying.
        """
        self._make_folders()
        was_up = self._supervisor.running()
        logged = {name: log_size(self.paths.log(name)) for name in SERVICES}
        if was_up:
            if all((await health_of(SERVICES, self._settings)).values()):
                return False
            self._supervisor.start_stopped()
        else:
            self._stop_strays()
            self._check_ports()
            try:
                await asyncio.to_thread(self._supervisor.start, self._settings.mesh_drain_seconds)
            except SupervisorError as error:
                self._stop_strays()
                raise StartupError(str(error)) from error
        try:
            await self._wait_until_healthy(wait_seconds, on_change, logged)
        except StartupError:
            if not was_up:
                await self.down()
            raise
        return True

    async def down(self) -> bool:
        """Stop every service in good order; False when nothing ran."""
        running = self._supervisor.running()
        if running:
            pid = self._supervisor.shutdown()
            await self._wait_until_gone()
            # It stops to answer a little before it ends, and a new one must not meet it.
            await asyncio.to_thread(processes.wait_for, pid)
        return self._stop_strays() or running

    def _make_folders(self) -> None:
        try:
            self.paths.make()
            ensure_token(self._settings.token_file)
        except OSError as error:
            raise StartupError(
                f"{error.filename} cannot be made ({error.strerror}): set MESH_HOME to a folder "
                "that can be written"
            ) from error

    def _stop_strays(self) -> bool:
        """Stop supervisors that do not answer, then services without one; say whether any ran."""
        supervisors = processes.supervisors(self.paths)
        processes.stop(supervisors)
        left = processes.orphans(self.paths)
        processes.stop(left)
        return bool(supervisors or left)

    async def status(self) -> list[ServiceStatus]:
        """Return how every service is, in the order of their names."""
        known = (
            {each.name: each for each in self._supervisor.processes()}
            if self._supervisor.running()
            else {}
        )
        can_ask = self._settings.token_file.exists()
        health = await health_of(SERVICES, self._settings) if can_ask else {}
        return [
            self._status(name, known.get(name), health.get(name, False))
            for name in sorted(SERVICES)
        ]

    async def _wait_until_healthy(
        self,
        wait_seconds: float,
        on_change: Callable[[dict[str, bool]], None],
        logged: Mapping[str, int],
    ) -> None:
        """Wait; ``logged`` is how long each log was before the start."""
        deadline = time.monotonic() + wait_seconds
        early_exits: dict[str, set[int]] = {name: set() for name in SERVICES}
        while True:
            health = await health_of(SERVICES, self._settings)
            on_change(health)
            if all(health.values()):
                return
            for process in self._supervisor.processes():
                if process.pid and not health[process.name]:
                    early_exits[process.name].add(process.pid)
                if self._hopeless(process, len(early_exits[process.name]), logged[process.name]):
                    raise self._failure(process.name, "does not start")
            if time.monotonic() > deadline:
                slow = next(name for name, is_healthy in health.items() if not is_healthy)
                raise self._failure(slow, f"is not healthy after {wait_seconds:g} s")
            await asyncio.sleep(_POLL_SECONDS)

    async def _wait_until_gone(self) -> None:
        # The agent stops, then the others, and supervisor itself.
        patience = 3 * stop_seconds(self._settings.mesh_drain_seconds)
        deadline = time.monotonic() + patience
        while self._supervisor.running() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)

    def _hopeless(self, process: ProcessInfo, lives: int, logged: int) -> bool:
        """Say whether a service said why it ended, or was seen in several lives without a word."""
        if process.state in _GIVEN_UP or lives > _MAX_EARLY_EXITS:
            return True
        said = own_words(self.paths.log(process.name), process.name, logged)
        return process.state == "BACKOFF" and bool(said)

    def _failure(self, name: str, why: str) -> StartupError:
        log = self.paths.log(name)
        said = own_words(log, name) or last_line(log)
        return StartupError(f"the {name} service {why}: {said} (log: {log})")

    def _status(self, name: str, process: ProcessInfo | None, healthy: bool) -> ServiceStatus:
        address = self._settings.address_of(name)
        if process is None:
            return ServiceStatus(name, 0, address, "down", healthy=False, uptime_seconds=0)
        # Supervisor calls a young process starting, whatever it does.
        young = healthy and process.state == "STARTING"
        return ServiceStatus(
            name=name,
            pid=process.pid,
            address=address,
            state="running" if young else process.state.lower(),
            healthy=healthy,
            uptime_seconds=int(time.time()) - process.started_at,
            reason="" if healthy else own_words(self.paths.log(name), name),
        )

    def _check_ports(self) -> None:
        for name in SERVICES:
            port = self._settings.port_of(name)
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self._settings.mesh_host, port))
                except OSError as error:
                    raise StartupError(
                        f"the {name} service cannot listen on {self._settings.mesh_host}:{port} "
                        f"({error.strerror}): stop what uses the port, or set MESH_PORT_BASE"
                    ) from error
