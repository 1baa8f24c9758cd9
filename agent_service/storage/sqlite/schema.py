"""The schema of the agent's file: tasks, events and ownership, with the checkpoints beside them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent_service.storage.sqlite.queries import QUERIES
from shared import checkpointing
from shared.sqlite import Schema
from shared.sqlite.queries import statements_of

_OWN = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")
_NEW_IN_2 = {
    "forked_from_task_id": "''",
    "forked_from_checkpoint_id": "''",
    "fork_edits": "'{}'",
    "deadline_at": "''",
    "question_call_id": "''",
    "answers": "'{}'",
}
"""Columns that version 1 of the tasks table had not, with their defaults."""


def _from_1_to_2(connection: sqlite3.Connection) -> None:
    checkpointing.SCHEMA.migrations[1](connection)
    for column, default in _NEW_IN_2.items():
        connection.execute(f"ALTER TABLE tasks ADD COLUMN {column} TEXT NOT NULL DEFAULT {default}")


def _from_2_to_3(connection: sqlite3.Connection) -> None:
    """Give tasks a collection and events a position; the table of events is made anew."""
    connection.execute("ALTER TABLE tasks ADD COLUMN collection TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE events RENAME TO events_2")
    for statement in statements_of(_OWN):
        connection.execute(statement)
    connection.execute(QUERIES["take_over_events"])
    connection.execute("DROP TABLE events_2")


def _from_3_to_4(connection: sqlite3.Connection) -> None:
    """Call what a skill notes about a draft its note: the core knows no meanings."""
    checkpointing.rename_channel(connection, "meaning", "note")


def _from_4_to_5(connection: sqlite3.Connection) -> None:
    """Call a workflow so, and no route: a route is the decision that leads to it."""
    for old, new in (("route", "workflow"), ("requested_route", "requested_workflow")):
        connection.execute(f"ALTER TABLE tasks RENAME COLUMN {old} TO {new}")
        checkpointing.rename_channel(connection, old, new)
        for table, column in (("tasks", "fork_edits"), ("events", "detail")):
            _rename_key(connection, table, column, old, new)


def _rename_key(
    connection: sqlite3.Connection, table: str, column: str, old: str, new: str
) -> None:
    connection.execute(
        f"UPDATE {table} SET {column} = json_remove(json_set({column}, '$.{new}', "
        f"json_extract({column}, '$.{old}')), '$.{old}') "
        f"WHERE json_type({column}, '$.{old}') = 'text'"
    )


SCHEMA = Schema(
    version=5,
    statements=_OWN + checkpointing.SCHEMA.statements,
    migrations={1: _from_1_to_2, 2: _from_2_to_3, 3: _from_3_to_4, 4: _from_4_to_5},
)
