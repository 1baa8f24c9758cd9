"""Runs many `mesh` commands cheaply: one process imports it, and forks for each command.

The fork sets up its standard streams as a new interpreter does, down to None for a closed one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CLOSED, FULL, CUT = "closed", "full", "cut"


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: bytes
    err: bytes


@dataclass
class Commands:
    """The process that forks; use it as a context manager."""

    folder: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Commands:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.forked_commands"],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)

    def __call__(
        self,
        arguments: Sequence[str | bytes],
        *,
        stdout: str = "",
        stderr: str = "",
        encoding: str = "utf-8",
        **environment: str,
    ) -> Ended:
        """Run a command; ``stdout`` and ``stderr`` are closed, full, cut, a file's name or kept."""
        out, err = self.folder / "out", self.folder / "err"
        for file in (out, err):
            file.unlink(missing_ok=True)
        order = {
            "arguments": [os.fsdecode(each) for each in arguments],
            "streams": [stdout or str(out), stderr or str(err)],
            "encoding": encoding,
            "environment": environment,
        }
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        said = [each.read_bytes() if each.exists() else b"" for each in (out, err)]
        assert b"Traceback" not in said[1] and b"Exception ignored" not in said[1], said[1].decode()
        return Ended(status, *said)


def _serve() -> None:
    import cli.main  # noqa: F401 - before the forks

    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(order)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(order: dict[str, Any]) -> None:
    from cli.main import main

    status = 70
    try:
        os.environ.update(order["environment"])
        sys.argv = ["mesh", *order["arguments"]]
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
        for descriptor, stream in ((2, order["streams"][1]), (1, order["streams"][0])):
            _redirect(descriptor, stream, order["encoding"])
        status = _status_of(main)
    finally:
        os._exit(status)


def _status_of(main: Any) -> int:
    """Return the exit status that the interpreter would end with."""
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        return 1
    try:
        sys.stdout.flush()
    except Exception as error:  # noqa: BLE001 - as the interpreter does
        os.write(2, f"Exception ignored: {error!r}\n".encode())
        return 120
    return status


def _redirect(descriptor: int, stream: str, encoding: str) -> None:
    name = {1: "stdout", 2: "stderr"}[descriptor]
    if stream == CLOSED:
        os.close(descriptor)
        setattr(sys, name, None)
        return
    os.dup2(_target(stream), descriptor)
    errors = "strict" if descriptor == 1 else "backslashreplace"
    setattr(
        sys,
        name,
        open(descriptor, "w", encoding=encoding, errors=errors, closefd=False),  # noqa
    )


def _target(stream: str) -> int:
    if stream == CUT:
        reader, writer = os.pipe()
        os.close(reader)
        return writer
    path = "/dev/full" if stream == FULL else stream
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOCTTY, 0o600)


if __name__ == "__main__":
    _serve()
