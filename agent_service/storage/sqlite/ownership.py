"""One agent process owns a database: a file lock says who, a fencing token keeps it so."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_service.storage.ports import OwnershipLost
from agent_service.storage.sqlite.queries import QUERIES
from core.errors import StartupError, StorageUnwritable
from shared import failpoints
from shared.sqlite import Database

_log = logging.getLogger(__name__)


@contextmanager
def hold_lock(database_path: Path) -> Iterator[None]:
    """Hold the lock file beside the database for as long as the block runs.

    The kernel lets go of it when the process dies. Raises: StartupError naming the holder.
    """
    path = database_path.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            raise StartupError(
                f"the database {database_path} belongs to the running agent with pid {holder}: "
                "stop it (mesh down), or use another MESH_HOME"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@failpoints.at_commit("agent.take_ownership")
async def take_ownership(database: Database) -> bool:
    """Take the database over and guard its writes; say whether the last owner stopped cleanly."""

    def take(connection: sqlite3.Connection) -> tuple[int, bool]:
        _, stopped_cleanly = _owner(connection)
        connection.execute(QUERIES["take_ownership"])
        return _owner(connection)[0], stopped_cleanly

    token, stopped_cleanly = await database.write(take)

    def guard(connection: sqlite3.Connection) -> None:
        present, _ = _owner(connection)
        if present != token:
            raise OwnershipLost(f"fencing token {token} was superseded by {present}")

    database.guard_writes(guard)
    return stopped_cleanly


@failpoints.at_commit("agent.stop_cleanly")
async def stop_cleanly(database: Database) -> None:
    """Record that the owner stops in good order, with running tasks handed back."""

    def stop(connection: sqlite3.Connection) -> None:
        connection.execute(QUERIES["requeue_running"])
        connection.execute(QUERIES["stop_cleanly"])

    try:
        await database.write(stop)
    except StorageUnwritable as error:
        _log.warning("the next start will take this stop for a crash: %s", error)


def _owner(connection: sqlite3.Connection) -> tuple[int, bool]:
    row = connection.execute(QUERIES["owner"]).fetchone()
    return int(row[0]), bool(row[1])
