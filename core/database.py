"""One SQLite file: one connection writes, another reads."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from core.group_commit import Connection, GroupCommit, WriteGuard, damage

Parameters = Sequence[Any] | Mapping[str, Any]
T = TypeVar("T")

_QUERY_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


def load_queries(path: Path) -> Mapping[str, str]:
    """Return the named queries of a ``.sql`` file: each starts with ``-- name: NAME``."""
    pieces = _QUERY_NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], (query.strip() for query in pieces[2::2]), strict=True))


class Database:
    """The writer and the reader of one SQLite file.

    SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or checkpoint at
    once, so a single connection does both; the reader is opened read-only.
    """

    def __init__(self, writer: Connection, reader: Connection) -> None:
        """Take two open connections to the same file."""
        self._commits = GroupCommit(writer)
        self._reader = reader

    async def read(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return the rows of a query, as of the last commit. Raises: DataLoss."""
        return await self.read_together(lambda c: c.execute(query, parameters).fetchall())

    async def read_together(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do several reads of one and the same state of the database.

        ``work`` must fetch what it wants before it returns: a cursor left open would keep every
        other read at the state of the database when it began. Raises: DataLoss.
        """
        try:
            return await self._reader.submit(partial(_snapshot, work))
        except sqlite3.DatabaseError as error:
            raise damage(error) or error from error

    def guard_writes(self, guard: WriteGuard) -> None:
        """Run ``guard`` at the start of every transaction; it raises to refuse the writes."""
        self._commits.guard_writes(guard)

    def enqueue(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        patient: bool = False,
        linger_seconds: float = 0.0,
    ) -> asyncio.Future[T]:
        """Give ``work`` its place in the line of writes now (`GroupCommit.enqueue`)."""
        return self._commits.enqueue(work, patient=patient, linger_seconds=linger_seconds)

    async def write(self, work: Callable[[sqlite3.Connection], T], *, patient: bool = False) -> T:
        """Do ``work`` in a transaction, whole or not at all; durable on return.

        Raises: what ``work`` or the guard raises; StorageUnwritable, DataLoss.
        """
        return await self._commits.enqueue(work, patient=patient)

    def stop_waiting(self) -> None:
        """Refuse from now on also what is patient, while the disk takes nothing."""
        self._commits.stop_waiting()

    async def close(self) -> None:
        """Write what waits; on a disk that takes nothing, refuse it."""
        await self._commits.close()


def _snapshot(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        connection.execute("ROLLBACK")
