"""The tables of a file, and the way from an older schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.sqlite.queries import statements_of

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


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a file's schema; 0 for a new file."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(version) or (1 if tables else 0)


def bring_forward(schema: Schema, connection: sqlite3.Connection) -> None:
    """Bring a file to the schema, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = version_of(connection)
        for version in range(found, schema.version) if found else ():
            schema.migrations[version](connection)
        for statement in statements_of(schema.statements):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={schema.version:d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
