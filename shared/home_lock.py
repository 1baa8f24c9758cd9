"""Who may use a MESH_HOME: its services share it, a restore has it to itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StartupError, WrongState

CUT_RESTORE = "restore.json"
"""The file below MESH_HOME that says how a restore goes on; gone once it is done."""


@contextmanager
def share_home(home: Path) -> Iterator[None]:
    """Hold ``home`` together with others for as long as the block runs.

    The kernel lets go of the lock when the process dies.
    Raises: StartupError while a backup is restored, or when a restore was cut.
    """
    with _lock(home, fcntl.LOCK_SH) as held:
        if not held:
            raise StartupError(f"a backup is being restored to {home}: start again when it is done")
        if (home / CUT_RESTORE).exists():
            raise StartupError(
                f"a restore to {home} was cut: `mesh restore --finish` (or `mesh up`) ends it"
            )
        yield


@contextmanager
def hold_home_alone(home: Path) -> Iterator[None]:
    """Hold ``home`` alone for as long as the block runs; nothing starts there meanwhile.

    Raises: WrongState while a service runs.
    """
    with _lock(home, fcntl.LOCK_EX) as held:
        if not held:
            raise WrongState(f"services of {home} are running: `mesh down` stops them")
        yield


@contextmanager
def _lock(home: Path, kind: int) -> Iterator[bool]:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home / "home.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartupError(
            f"MESH_HOME={home} cannot be written ({error.strerror}): free disk space, or set "
            "MESH_HOME to another folder"
        ) from error
    try:
        yield _locked(descriptor, kind)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
