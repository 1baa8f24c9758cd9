"""Opening an SQLite file: its integrity, its schema, and the way from an older schema."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.database import Database
from core.errors import DataLoss, StartupError
from core.group_commit import Connection

_ROWS_AT_ONCE = 64  # aiosqlite's own default

_WAL_PAGES = 4096  # 16 MiB

Migration = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a database file.

    ``statements`` make a new file and must be idempotent. ``migrations[n]`` turns version n into
    version n + 1. The version is kept in the file (PRAGMA user_version); a file that has tables
    but no version counts as version 1.
    """

    version: int
    statements: str
    migrations: Mapping[int, Migration] = field(default_factory=dict)


@asynccontextmanager
async def open_database(path: Path, schema: Schema) -> AsyncIterator[Database]:
    """Open or create the file at ``path``, and bring it to ``schema``.

    Raises: StartupError when the file is damaged, of a newer version, or cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with Connection(partial(_connect, path), _ROWS_AT_ONCE) as writer:
            await writer.submit(partial(_prepare, path, schema))
            async with Connection(partial(_connect_reader, path), _ROWS_AT_ONCE) as reader:
                database = Database(writer, reader)
                try:
                    yield database
                finally:
                    await database.close()
                    await writer.submit(_empty_the_log)
    except sqlite3.OperationalError as error:
        raise StartupError(f"cannot open the database {path}: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _connect_reader(path: Path) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _empty_the_log(connection: sqlite3.Connection) -> None:
    """Move what the WAL file holds into the database, so that the file alone is whole."""
    with suppress(sqlite3.Error):  # the log stays then, and the next start reads it
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _prepare(path: Path, schema: Schema, connection: sqlite3.Connection) -> None:
    try:
        _check(path, schema, connection)
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: a commit that was answered is on the disk, not only in the page cache.
        connection.execute("PRAGMA synchronous=FULL")
        # SQLite's default of 1000 pages copies the pages that every commit touches far too often.
        connection.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
        _migrate(schema, connection)
    except sqlite3.OperationalError:
        raise
    except DataLoss as error:
        raise StartupError(
            f"the database {path} cannot be brought forward to schema {schema.version}, and was "
            f"left as it is: {error}"
        ) from error
    except sqlite3.DatabaseError as error:
        raise StartupError(_damaged(path, str(error))) from error


def _check(path: Path, schema: Schema, connection: sqlite3.Connection) -> None:
    found = _version(connection)
    if found > schema.version:
        raise StartupError(
            f"the database {path} was written by a newer version (schema {found}, this one knows "
            f"{schema.version}): use that version, or another MESH_HOME"
        )
    verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise StartupError(_damaged(path, verdict))


def _version(connection: sqlite3.Connection) -> int:
    """Return the schema's version; 0 for a new file."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(version) or (1 if tables else 0)


def _migrate(schema: Schema, connection: sqlite3.Connection) -> None:
    """Bring the file to the schema, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        for version in range(found, schema.version) if found else ():
            schema.migrations[version](connection)
        for statement in _statements(schema.statements):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={schema.version:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Split a script; sqlite3's executescript would commit the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _damaged(path: Path, detail: str) -> str:
    return (
        f"the database {path} is damaged ({' '.join(detail.split())}); nothing was written to it: "
        "put a backup in its place (mesh restore FILE), or move it away to start anew"
    )
