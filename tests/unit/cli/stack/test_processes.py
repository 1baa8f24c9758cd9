"""The processes of a stack are found by its MESH_HOME, whatever that is called."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli.stack import processes
from cli.stack.paths import SUPERVISOR_MODULE, StackPaths
from tests.odd_names import ODD_NAMES

_SLEEP = "import time; print(flush=True); time.sleep(60)"


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[int]:
    """A process with these arguments and this MESH_HOME; its id."""
    command = [sys.executable, "-c", _SLEEP, *arguments]
    environment = {**os.environ, "MESH_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def ids(found: list[psutil.Process]) -> list[int]:
    return [each.pid for each in found]


@pytest.mark.parametrize(
    "name", [ODD_NAMES[0], "".join(ODD_NAMES)[:200].replace("/", ""), ODD_NAMES[-4]]
)
def test_services_and_supervisors_of_this_home_alone(tmp_path: Path, name: str) -> None:
    paths, other = StackPaths(tmp_path / name), StackPaths(tmp_path / f"{name}2")
    supervisor = ("-m", SUPERVISOR_MODULE, "-c")
    with (
        running(paths.home, "-m", "tool_service") as service,
        running(other.home, "-m", "tool_service") as another,
        running(paths.home, "-m", "somebody_elses") as stranger,
        running(paths.home, *supervisor, str(paths.configuration)) as supervised,
        running(paths.home, *supervisor, str(other.configuration)) as elsewhere,
    ):
        assert ids(processes.orphans(paths)) == [service]
        assert ids(processes.orphans(other)) == [another]
        assert ids(processes.supervisors(paths)) == [supervised]
        assert ids(processes.supervisors(other)) == [elsewhere]
        processes.stop([*processes.orphans(paths), *processes.supervisors(paths)])
        assert processes.orphans(paths) == processes.supervisors(paths) == []
        assert psutil.pid_exists(stranger)
