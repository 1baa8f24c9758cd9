"""One SQLite file: one connection writes, another reads."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiosqlite

from core.errors import DataLoss, StartupError

Parameters = Sequence[Any] | Mapping[str, Any]
WriteGuard = Callable[[aiosqlite.Connection], Awaitable[None]]

_QUERY_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)
_DAMAGED = ("malformed", "not a database", "corrupt")


def load_queries(path: Path) -> Mapping[str, str]:
    """Return the named queries of a ``.sql`` file: each starts with ``-- name: NAME``."""
    pieces = _QUERY_NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], (query.strip() for query in pieces[2::2]), strict=True))


class Database:
    """The writer and the reader of one SQLite file.

    SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or checkpoint at
    once, so a single connection does both; the reader is opened read-only.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        """Take two open connections to the same file."""
        self.writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()
        self._guard: WriteGuard | None = None

    async def read(self, query: str, parameters: Parameters = ()) -> list[aiosqlite.Row]:
        """Return the rows of a query, as of the last commit.

        The statement runs to its end in one go: a cursor left open on the shared connection would
        keep every other read at the state of the database when it began.
        """
        return list(await self._reader.execute_fetchall(query, parameters))

    def guard_writes(self, guard: WriteGuard) -> None:
        """Run ``guard`` at the start of every transaction; it raises to refuse the write."""
        self._guard = guard

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """Hold the write lock: commit when the block ends, roll back on any exception.

        Durable when the block is left (WAL, synchronous=FULL). Raises: DataLoss.
        """
        async with self._lock:
            await self.writer.execute("BEGIN IMMEDIATE")
            try:
                if self._guard is not None:
                    await self._guard(self.writer)
                yield self.writer
                await self.writer.commit()
            except sqlite3.DatabaseError as error:
                await self._roll_back()
                raise _as_data_loss(error) from error
            except BaseException:
                await self._roll_back()
                raise

    async def _roll_back(self) -> None:
        if self.writer.in_transaction:
            await self.writer.rollback()


@asynccontextmanager
async def open_database(path: Path, schema: str, version: int) -> AsyncIterator[Database]:
    """Open or create the file at ``path`` with ``schema`` (idempotent statements).

    Raises: StartupError when the file is damaged, of a newer ``version``, or cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with aiosqlite.connect(path, isolation_level=None) as writer:
            writer.row_factory = aiosqlite.Row
            await _prepare(writer, path, schema, version)
            async with aiosqlite.connect(
                _read_only(path), uri=True, isolation_level=None
            ) as reader:
                reader.row_factory = aiosqlite.Row
                yield Database(writer, reader)
    except sqlite3.OperationalError as error:
        raise StartupError(f"cannot open the database {path}: {error}") from error


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
        "put a backup in its place, or move it away to start anew"
    )


def _as_data_loss(error: sqlite3.DatabaseError) -> Exception:
    text = str(error)
    return DataLoss(f"the database is damaged: {text}") if _is_damage(text) else error


def _is_damage(text: str) -> bool:
    return any(word in text for word in _DAMAGED)
