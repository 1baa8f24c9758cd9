"""The processes of a stack as the system sees them, with or without their supervisor."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from cli.stack.paths import SERVICES, SUPERVISOR_MODULE, StackPaths

_MODULES = {f"{name}_service" for name in SERVICES}
_STOP_SECONDS = 15.0


def supervisors(paths: StackPaths) -> list[psutil.Process]:
    """Return the supervisors of this stack, which may not answer on their socket."""
    configuration = str(paths.configuration)
    return [
        process
        for process, command in _commands()
        if SUPERVISOR_MODULE in command and configuration in command
    ]


def orphans(paths: StackPaths) -> list[psutil.Process]:
    """Return the services of this stack that outlived their supervisor."""
    found: list[psutil.Process] = []
    for process, command in _commands():
        try:
            if _is_service(command) and _home(process) == paths.home:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def stop(processes: Sequence[psutil.Process]) -> None:
    """End processes: asked first, forced after 15 seconds."""
    for process in processes:
        _signal(process, force=False)
    _, alive = psutil.wait_procs(processes, timeout=_STOP_SECONDS)
    for process in alive:
        _signal(process, force=True)
    psutil.wait_procs(alive, timeout=_STOP_SECONDS)


def wait_for(pid: int) -> None:
    """Wait until a process has ended, 15 seconds at most."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        psutil.Process(pid).wait(_STOP_SECONDS)


def _commands() -> Iterator[tuple[psutil.Process, list[str]]]:
    for process in psutil.process_iter():
        try:
            yield process, process.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        if force:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return


def _is_service(command: Sequence[str]) -> bool:
    return any(one == "-m" and other in _MODULES for one, other in itertools.pairwise(command))


def _home(process: psutil.Process) -> Path:
    home = process.environ().get("MESH_HOME", ".mesh")
    return Path(os.path.normpath(Path(process.cwd()) / home))
