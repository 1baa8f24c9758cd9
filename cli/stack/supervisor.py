"""Talks to the supervisor of a stack over its socket."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import xmlrpc.client
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from cli.stack.configuration import render, variables
from cli.stack.paths import SUPERVISOR_MODULE, StackPaths

_START_SECONDS = 10.0


class SupervisorError(Exception):
    """The supervisor could not be started, or refused what was asked."""


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A supervised process; ``state`` is one of supervisor's, such as RUNNING or BACKOFF.

    ``full_name`` is what supervisor's methods take, its group and its name.
    """

    name: str
    full_name: str
    state: str
    pid: int
    started_at: int
    spawn_error: str


class Supervisor:
    """The supervisor of one stack."""

    def __init__(self, paths: StackPaths) -> None:
        """Use the socket that the stack's configuration names."""
        self._paths = paths

    def running(self) -> bool:
        """Say whether the supervisor answers, even if only to say that it shuts down."""
        try:
            self._rpc().getState()
        except xmlrpc.client.Fault:
            return True
        except (OSError, HTTPException):
            return False
        return True

    def start(self, drain_seconds: float) -> None:
        """Start the supervisor, which starts the services. Raises: SupervisorError."""
        configuration = str(self._paths.configuration)
        self._paths.configuration.write_text(render(drain_seconds), encoding="utf-8")
        environment = {
            **os.environ,
            **variables(self._paths),
            "MESH_HOME": str(self._paths.home),
            "PYTHONUNBUFFERED": "1",
        }
        started = subprocess.run(
            # Supervisor answers nothing when PYTHONWARNINGS makes errors of its warnings.
            [sys.executable, "-W", "ignore", "-m", SUPERVISOR_MODULE, "-c", configuration],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if started.returncode != 0:
            said = (started.stderr or started.stdout).strip().splitlines()
            raise SupervisorError(f"the supervisor does not start: {' '.join(said[-1:])}")
        deadline = time.monotonic() + _START_SECONDS
        while not self.running():
            if time.monotonic() > deadline:
                log = self._paths.logs / "supervisord.log"
                raise SupervisorError(f"the supervisor does not answer; see {log}")
            time.sleep(0.1)

    def processes(self) -> list[ProcessInfo]:
        """Return the supervised processes."""
        return [
            ProcessInfo(
                name=each["name"],
                full_name=f"{each['group']}:{each['name']}",
                state=each["statename"],
                pid=each["pid"],
                started_at=each["start"],
                spawn_error=each["spawnerr"],
            )
            for each in self._rpc().getAllProcessInfo()
        ]

    def start_stopped(self) -> None:
        """Start the processes that are not running, and now those that wait to be tried again."""
        rpc = self._rpc()
        for process in self.processes():
            # It may have come or gone since it was looked at.
            with contextlib.suppress(xmlrpc.client.Fault):
                if process.state == "BACKOFF":
                    rpc.stopProcess(process.full_name)
                if process.state in ("STOPPED", "EXITED", "FATAL", "BACKOFF"):
                    rpc.startProcess(process.full_name, False)

    def shutdown(self) -> int:
        """Stop the services in good order, then the supervisor; return its process id."""
        rpc = self._rpc()
        pid = int(rpc.getPID())
        rpc.shutdown()
        return pid

    def _rpc(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._paths.socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor
