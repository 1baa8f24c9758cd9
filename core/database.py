"""One SQLite file: one connection writes, another reads."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from core.errors import DataLoss, StartupError

Parameters = Sequence[Any] | Mapping[str, Any]
WriteGuard = Callable[[sqlite3.Connection], None]
T = TypeVar("T")

_ROWS_AT_ONCE = 64  # aiosqlite's own default

_QUERY_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)
_TO_RESTORE = "`mesh restore FILE` puts a backup in its place"
_DAMAGED = ("malformed", "not a database", "corrupt")


def load_queries(path: Path) -> Mapping[str, str]:
    """Return the named queries of a ``.sql`` file: each starts with ``-- name: NAME``."""
    pieces = _QUERY_NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], (query.strip() for query in pieces[2::2]), strict=True))


class _Writer(aiosqlite.Connection):
    """The connection that writes, with whole pieces of work in one visit to its thread."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` on the connection's thread."""
        done: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return done


class Database:
    """The writer and the reader of one SQLite file.

    SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or checkpoint at
    once, so a single connection does both; the reader is opened read-only.
    """

    def __init__(self, writer: _Writer, reader: aiosqlite.Connection) -> None:
        """Take two open connections to the same file."""
        self.writer = writer
        self._reader = reader
        self._guard: WriteGuard | None = None
        self._waiting: list[_Write] = []
        self._flushing: asyncio.Task[None] | None = None

    async def read(self, query: str, parameters: Parameters = ()) -> list[aiosqlite.Row]:
        """Return the rows of a query, as of the last commit.

        The statement runs to its end in one go: a cursor left open on the shared connection would
        keep every other read at the state of the database when it began. Raises: DataLoss.
        """
        try:
            return list(await self._reader.execute_fetchall(query, parameters))
        except sqlite3.DatabaseError as error:
            raise _as_data_loss(error) from error

    def guard_writes(self, guard: WriteGuard) -> None:
        """Run ``guard`` at the start of every transaction; it raises to refuse the writes."""
        self._guard = guard

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` in a transaction, whole or not at all; durable on return.

        What waits at the same time shares one commit (WAL, synchronous=FULL), each piece of work
        behind a savepoint of its own, so that one that fails takes no other with it. The work
        runs on the writer's thread: it must not touch what belongs to the event loop.

        Raises: what ``work`` or the guard raises; DataLoss.
        """
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Write(work, waiting))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush(), name="commit")
        done: T = await waiting
        return done

    async def settle(self) -> None:
        """Wait until nothing waits to be written."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])

    async def _flush(self) -> None:
        """Commit what waits, and what comes to wait meanwhile, until nothing does."""
        try:
            while self._waiting:
                batch = [each for each in self._waiting if not each.waiting.done()]
                self._waiting = []
                try:
                    outcomes = await self.writer.run(partial(_commit, self._guard, batch))
                except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                    outcomes = [_Outcome(error=_as_data_loss(error))] * len(batch)
                for write, outcome in zip(batch, outcomes, strict=True):
                    outcome.tell(write.waiting)
        finally:
            self._flushing = None


@dataclass(frozen=True, slots=True)
class _Write:
    """Work, and the future of the one who waits for it."""

    work: Callable[[sqlite3.Connection], Any]
    waiting: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a piece of work."""

    value: Any = None
    error: Exception | None = None

    def tell(self, waiting: asyncio.Future[Any]) -> None:
        """Hand it to the one who waits, if somebody still does."""
        if waiting.done():
            return
        if self.error is not None:
            waiting.set_exception(self.error)
        else:
            waiting.set_result(self.value)


def _commit(
    guard: WriteGuard | None, batch: Sequence[_Write], connection: sqlite3.Connection
) -> list[_Outcome]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if guard is not None:
            guard(connection)
        outcomes = [_attempt(connection, each.work) for each in batch]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _attempt(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], Any]) -> _Outcome:
    connection.execute("SAVEPOINT work")
    try:
        outcome = _Outcome(value=work(connection))
    except Exception as error:
        if not connection.in_transaction:
            raise  # a full disk or the like has rolled everything back
        connection.execute("ROLLBACK TO work")
        outcome = _Outcome(error=_as_data_loss(error))
    connection.execute("RELEASE work")
    return outcome


@asynccontextmanager
async def open_database(path: Path, schema: str, version: int) -> AsyncIterator[Database]:
    """Open or create the file at ``path`` with ``schema`` (idempotent statements).

    Raises: StartupError when the file is damaged, of a newer ``version``, or cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        writer = _Writer(lambda: sqlite3.connect(path, isolation_level=None), _ROWS_AT_ONCE)
        async with writer:
            writer.row_factory = aiosqlite.Row
            await _prepare(writer, path, schema, version)
            async with aiosqlite.connect(
                _read_only(path), uri=True, isolation_level=None
            ) as reader:
                reader.row_factory = aiosqlite.Row
                database = Database(writer, reader)
                try:
                    yield database
                finally:
                    await database.settle()
                    await _empty_the_log(writer)
    except sqlite3.OperationalError as error:
        raise StartupError(f"cannot open the database {path}: {error}") from error


async def _empty_the_log(writer: aiosqlite.Connection) -> None:
    """Move what the WAL file holds into the database, so that the file alone is whole."""
    with suppress(sqlite3.Error):  # the log stays then, and the next start reads it
        await writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


async def _prepare(writer: aiosqlite.Connection, path: Path, schema: str, version: int) -> None:
    try:
        await _check(writer, path, version)
        await writer.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit that was answered is on the disk, not only in the page cache.
        await writer.execute("PRAGMA synchronous=FULL")
        await writer.executescript(schema)
        await writer.execute(f"PRAGMA user_version={version:d}")
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise StartupError(_damaged(path, str(error))) from error


async def _check(writer: aiosqlite.Connection, path: Path, version: int) -> None:
    found = await _pragma(writer, "user_version")
    if int(found) > version:
        raise StartupError(
            f"the database {path} was written by a newer version (schema {found}, this one knows "
            f"{version}): use that version, or another MESH_HOME"
        )
    verdict = await _pragma(writer, "quick_check(1)")
    if verdict != "ok":
        raise StartupError(_damaged(path, verdict))


async def _pragma(connection: aiosqlite.Connection, pragma: str) -> str:
    async with connection.execute(f"PRAGMA {pragma}") as cursor:
        row = await cursor.fetchone()
    return "" if row is None else str(row[0])


def _damaged(path: Path, detail: str) -> str:
    return (
        f"the database {path} is damaged ({' '.join(detail.split())}); nothing was written to it: "
        f"{_TO_RESTORE}, or move it away to start anew"
    )


def _as_data_loss(error: Exception) -> Exception:
    text = str(error)
    damaged = isinstance(error, sqlite3.DatabaseError) and _is_damage(text)
    return DataLoss(f"the database is damaged ({text}): {_TO_RESTORE}") if damaged else error


def _is_damage(text: str) -> bool:
    return any(word in text for word in _DAMAGED)
