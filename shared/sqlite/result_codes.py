"""What SQLite's result codes say of a file: damaged, or not to be written now.

See sqlite.org/rescode.html: the primary code is the low byte of the extended one.
"""

from __future__ import annotations

import sqlite3

from core.errors import DataLoss

RESTORE = "put a backup in its place (mesh restore FILE), or move it away to start anew"
"""What a person can do about a damaged file."""

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY}


def is_unwritable(error: BaseException) -> bool:
    """Say whether the disk takes nothing more for now: it is full, fails, or is read-only."""
    return _primary_code(error) in _UNWRITABLE


def as_data_loss(error: BaseException) -> BaseException:
    """Return a DataLoss for an error that tells of a damaged file, else the error itself."""
    if _primary_code(error) in _DAMAGED:
        return DataLoss(f"the database is damaged: {error}; {RESTORE}")
    return error


def _primary_code(error: BaseException) -> int | None:
    """Return the primary result code; None where SQLite raised none."""
    code = getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite3.Error) else None
    return None if code is None else code & 0xFF
