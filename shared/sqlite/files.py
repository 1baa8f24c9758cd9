"""Opening an SQLite file: its integrity, its settings, its connections."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import aiosqlite

from core.errors import DataLoss, StartupError
from shared.sqlite.connection_thread import open_thread
from shared.sqlite.database import Database
from shared.sqlite.result_codes import RESTORE
from shared.sqlite.schema import Schema, bring_forward, version_of

_WAL_PAGES = 4096  # 16 MiB


@asynccontextmanager
async def open_database(path: str | os.PathLike[str], schema: Schema) -> AsyncIterator[Database]:
    """Open or create the file at ``path``, and bring it to ``schema``.

    Raises: StartupError when the file is damaged, of a newer version, or cannot be opened.
    """
    file = Path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with open_thread(partial(_connect, file)) as writer:
            await writer.submit(partial(_prepare, file, schema))
            async with (
                aiosqlite.connect(_read_only(file), uri=True, isolation_level=None) as reader,
                open_thread(partial(_connect_reader, file)) as snapshots,
            ):
                reader.row_factory = sqlite3.Row
                database = Database(writer, reader, snapshots)
                try:
                    yield database
                finally:
                    await database.close()
                    await writer.submit(_empty_the_log)
    except sqlite3.OperationalError as error:
        raise StartupError(f"cannot open the database {file}: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _connect_reader(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(_read_only(path), uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def _read_only(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


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
        bring_forward(schema, connection)
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
    found = version_of(connection)
    if found > schema.version:
        raise StartupError(
            f"the database {path} was written by a newer version (schema {found}, this one knows "
            f"{schema.version}): use that version, or another MESH_HOME"
        )
    verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise StartupError(_damaged(path, verdict))


def _damaged(path: Path, detail: str) -> str:
    words = " ".join(detail.split())
    return f"the database {path} is damaged ({words}); nothing was written to it: {RESTORE}"
