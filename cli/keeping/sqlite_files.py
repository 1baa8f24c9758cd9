"""SQLite files as who does not own them may use them: read, copied and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from core.errors import DataLoss

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database file."""

_WAIT_SECONDS = 30.0
_PROBLEMS_SHOWN = 3


@contextmanager
def open_read_only(path: Path, *, unused: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a database that belongs to a service, which may be running.

    Read-only: SQLite 3.7.0 to 3.51.2 can damage a WAL file when two connections write or
    checkpoint at once. ``unused`` promises that nobody writes, and leaves no file beside it.
    """
    mode = "mode=ro&immutable=1" if unused else "mode=ro"
    uri = f"{path.absolute().as_uri()}?{mode}"
    with closing(
        sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_SECONDS)
    ) as connection:
        yield connection


def copy_database(source: Path, target: Path, *, foreign_keys: bool = True) -> None:
    """Copy a database as of one instant, and check the copy.

    The writer goes on meanwhile: it is one read transaction. Raises: DataLoss.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open_read_only(source) as reading, closing(sqlite3.connect(target)) as writing:
            reading.backup(writing)
    except sqlite3.Error as error:
        raise DataLoss(f"the database {source} cannot be copied ({error})") from error
    if found := problems(target, unused=True, foreign_keys=foreign_keys):
        raise DataLoss(f"the database {source} is damaged ({found[0]})")


def problems(path: Path, *, unused: bool = False, foreign_keys: bool = True) -> list[str]:
    """Return what a full check of the pages, indexes and foreign keys finds; [] when all is well.

    Three lines at most: damage repeats itself.
    """
    try:
        with open_read_only(path, unused=unused) as connection:
            rows = connection.execute(f"PRAGMA integrity_check({_PROBLEMS_SHOWN})").fetchall()
            found = [" ".join(str(row[0]).split()) for row in rows if row[0] != "ok"]
            broken = connection.execute("PRAGMA foreign_key_check") if foreign_keys else ()
            for table, row, parent, _ in broken:
                found.append(f"row {row} of {table} points at a missing row of {parent}")
                if len(found) >= _PROBLEMS_SHOWN:
                    break
    except sqlite3.Error as error:
        return [str(error)]
    return found[:_PROBLEMS_SHOWN]


def schema_version(path: Path, *, unused: bool = False) -> int:
    """Return the schema version that the owner of a database recorded."""
    with open_read_only(path, unused=unused) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
