"""`mesh` as a test runs it, on a stack of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.demo.free_ports import free_port_base
from tests.integration.mesh import ROOT


@dataclass
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed


@dataclass
class CommandLine:
    """Runs `mesh` with a MESH_HOME and ports of its own."""

    home: Path
    port_base: int

    def __call__(self, *arguments: str, **environment: str) -> Ran:
        """Run `mesh`; it ends without a traceback."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "MESH_HOME": str(self.home),
                "MESH_PORT_BASE": str(self.port_base),
                "MESH_DRAIN_SECONDS": "2",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def services(self) -> dict[str, dict[str, Any]]:
        """The services by name, as `mesh status --json` tells."""
        return {each["name"]: each for each in self("status", "--json").json["services"]}


def new_command_line(folder: Path) -> CommandLine:
    """Return the command line of a stack below ``folder``, which is not up."""
    return CommandLine(folder / "home", free_port_base())


def processes_of(home: Path) -> list[str]:
    """Return the command lines of processes whose environment names ``home``."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"MESH_HOME={home}".encode() in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
