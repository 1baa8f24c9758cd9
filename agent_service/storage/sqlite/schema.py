"""The schema of the agent's file: tasks, events and ownership, with the checkpoints beside them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_service.storage.questions import answer_json, answers_column
from agent_service.storage.sqlite.queries import QUERIES
from core.json_text import write_json
from core.ports import EffectAnswer
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


def _from_5_to_6(connection: sqlite3.Connection) -> None:
    """Keep questions and answers as values of several kinds; all there were are about effects.

    A task that asks has not failed, so it has no reason of a failure.
    """
    for statement in _QUESTIONS_OF_6:
        connection.execute(statement)
    answered = "SELECT task_id, answers FROM tasks WHERE answers <> '{}'"
    for task_id, column in connection.execute(answered).fetchall():
        answers = {call_id: _effect(said) for call_id, said in json.loads(column).items()}
        row = (answers_column(answers), task_id)
        connection.execute("UPDATE tasks SET answers = ? WHERE task_id = ?", row)
    responded = "SELECT position, detail FROM events WHERE type = 'responded'"
    for position, column in connection.execute(responded).fetchall():
        said = json.loads(column)
        detail = {"call_id": said["call_id"], "answer": answer_json(_effect(said))}
        row = (write_json(detail), position)
        connection.execute("UPDATE events SET detail = ? WHERE position = ?", row)


_QUESTIONS_OF_6 = (
    "UPDATE tasks SET failure_reason = '', failure_message = '', question = json_object('text', "
    "question, 'call_id', question_call_id, 'kind', 'effect') WHERE question <> ''",
    "ALTER TABLE tasks DROP COLUMN question_call_id",
    "UPDATE events SET detail = json_set(detail, '$.kind', 'effect') WHERE type = 'input_required'",
)


def _effect(said: Mapping[str, Any]) -> EffectAnswer:
    """Return an answer as version 5 kept it."""
    return EffectAnswer(said["happened"], said["note"])


SCHEMA = Schema(
    version=6,
    statements=_OWN + checkpointing.SCHEMA.statements,
    migrations={
        1: _from_1_to_2,
        2: _from_2_to_3,
        3: _from_3_to_4,
        4: _from_4_to_5,
        5: _from_5_to_6,
    },
)
