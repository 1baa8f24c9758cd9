"""Where a stack keeps what it owns: everything below MESH_HOME."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("llm", "tool", "chroma", "agent")
"""In the order in which they start."""

SUPERVISOR_MODULE = "supervisor.supervisord"

# sun_path holds 107 bytes; supervisor makes the socket under a name that its process id ends.
_MAX_SOCKET_PATH = 107 - len(".4194304")


@dataclass(frozen=True, slots=True)
class StackPaths:
    """The files of one stack."""

    home: Path

    @property
    def run(self) -> Path:
        """The supervisor's folder."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """The logs, one file a service."""
        return self.home / "logs"

    @property
    def configuration(self) -> Path:
        """The supervisor's configuration, written by `mesh up`."""
        return self.run / "supervisord.conf"

    @property
    def socket(self) -> Path:
        """The supervisor's socket; a long MESH_HOME has it in /tmp, whatever TMPDIR is."""
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= _MAX_SOCKET_PATH:
            return path
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"mesh-{digest}.sock"

    def log(self, service: str) -> Path:
        """The log of a service."""
        return self.logs / f"{service}.log"

    def make(self) -> None:
        """Make the folders, for their owner alone."""
        for path in (self.home, self.run, self.logs):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
