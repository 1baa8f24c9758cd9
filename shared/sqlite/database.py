"""One SQLite file: one connection writes, others read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite

from shared.sqlite.connection_thread import ConnectionThread
from shared.sqlite.group_commit import GroupCommit, WriteGuard
from shared.sqlite.result_codes import as_data_loss

Parameters = Sequence[Any] | Mapping[str, Any]
T = TypeVar("T")


class Database:
    """The writer and the readers of one SQLite file.

    SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or checkpoint at
    once, so a single connection does both; the readers are opened read-only. One of them runs
    single queries, the other several reads of one state: a long thread that is put together
    holds up nobody who asks for a row.
    """

    def __init__(
        self, writer: ConnectionThread, reader: aiosqlite.Connection, snapshots: ConnectionThread
    ) -> None:
        """Take three open connections to the same file."""
        self._commits = GroupCommit(writer)
        self._reader = reader
        self._snapshots = snapshots

    async def read(self, query: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return the rows of a query, as of the last commit. Raises: DataLoss."""
        try:
            return list(await self._reader.execute_fetchall(query, parameters))
        except sqlite3.DatabaseError as error:
            raise as_data_loss(error) from error

    async def read_together(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do several reads of one and the same state of the database.

        ``work`` must fetch what it wants before it returns: a cursor left open would keep every
        other read at the state of the database when it began. Raises: DataLoss.
        """
        try:
            return await self._snapshots.submit(partial(_snapshot, work))
        except sqlite3.DatabaseError as error:
            raise as_data_loss(error) from error

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
