"""The kinds of sandbox: how each starts the launcher."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tool_service.sandbox import launcher
from tool_service.sandbox.limits import SandboxLimits


class Level(Enum):
    """What confines the code, best first; rlimits and the system call filter always hold."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that runs the code, outside any virtual environment."""

    executable: Path
    prefix: Path

    @classmethod
    def current(cls) -> Interpreter:
        """Return the interpreter that this process runs on."""
        return cls(Path(sys.executable).resolve(), Path(sys.base_prefix).resolve())

    @property
    def readable(self) -> list[str]:
        """What the interpreter needs to read."""
        system = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo")
        files = ("/etc/ld.so.cache", "/etc/localtime")
        return [str(self.prefix), str(self.executable), *system, *files]


def known_levels() -> list[Level]:
    """Return the levels that this machine seems to offer, best first; a canary has to agree."""
    if not launcher.seccomp_known():
        return []
    levels = [Level.BUBBLEWRAP] if shutil.which("bwrap") else []
    if launcher.landlock_version() >= launcher.LANDLOCK_MINIMUM:
        levels.append(Level.LANDLOCK)
    return levels


def command_line(
    level: Level, interpreter: Interpreter, scratch: Path, program: Path, limits: SandboxLimits
) -> list[str]:
    """Return the command that runs ``program``, a file in ``scratch``, confined."""
    settings: dict[str, Any] = {
        "readable": interpreter.readable,
        "scratch": str(scratch),
        "landlock": launcher.landlock_version() >= launcher.LANDLOCK_MINIMUM,
        "limits": _resource_limits(limits),
        # Inside bubblewrap the parent has another pid; bubblewrap dies with us itself.
        "parent": os.getpid() if level is Level.LANDLOCK else 0,
        "command": [str(interpreter.executable), "-I", "-S", "-B", "-X", "utf8", str(program)],
    }
    python = [str(interpreter.executable), "-I", "-S", "-B", launcher.__file__]
    start = [*python, json.dumps(settings)]
    if level is Level.LANDLOCK:
        return start
    return [*_bubblewrap(interpreter, scratch), *start]


def _resource_limits(limits: SandboxLimits) -> dict[str, int]:
    return {
        "RLIMIT_CPU": limits.cpu_seconds,
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_NOFILE": limits.open_files,
        "RLIMIT_CORE": 0,
    }


def _bubblewrap(interpreter: Interpreter, scratch: Path) -> list[str]:
    bound: list[str] = []
    for path in (*interpreter.readable, launcher.__file__):
        bound += ["--ro-bind-try", path, path]
    return [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--clearenv",
        "--dev",
        "/dev",
        *bound,
        "--bind",
        str(scratch),
        str(scratch),
        "--chdir",
        str(scratch),
        "--",
    ]
