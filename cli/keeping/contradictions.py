"""Whether the agent's tables agree with one another."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cli.keeping.sqlite_files import open_read_only
from shared.sqlite import load_queries

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))
_MOST = 3
_RULES = (
    ("events", "gaps", "the events of task {} have a gap: there are {}"),
    ("tasks", "silent", "task {} has no event"),
    ("events", "orphan_events", "task {} is gone but {} of its events are there"),
    ("checkpoints", "orphan_checkpoints", "task {} is gone but {} of its checkpoints are there"),
    ("channel_values", "orphan_values", "task {} is gone but {} values of its state are there"),
    ("pending_writes", "orphan_writes", "task {} is gone but {} of its hops' writes are there"),
)


def contradictions(path: Path, *, unused: bool = False) -> list[str]:
    """Return what the tasks, events and checkpoints of the agent's database say against another.

    All is read as of one instant, so that a running agent does not look wrong. Three lines a rule
    at most. Raises: sqlite3.Error.
    """
    with open_read_only(path, unused=unused) as connection:
        connection.execute("BEGIN")
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        return [
            sentence.format(*row)
            for table, query, sentence in _RULES
            if table in tables
            for row in _rows(connection, query)
        ]


def _rows(connection: sqlite3.Connection, query: str) -> list[tuple[str, int]]:
    return connection.execute(_QUERIES[query], {"most": _MOST}).fetchall()
