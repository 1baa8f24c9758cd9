"""From LangGraph's own tables (AsyncSqliteSaver; our schema 1) to ours."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from shared.checkpointing.queries import STATEMENTS
from shared.checkpointing.stored_values import LastValues
from shared.checkpointing.writing import prepare_checkpoint
from shared.strict_serializer import StrictSerializer

_OLD_CHECKPOINTS = (
    "SELECT * FROM langgraph_checkpoints ORDER BY thread_id, checkpoint_ns, checkpoint_id"
)
_MOVE_WRITES = """
INSERT INTO pending_writes (thread_id, checkpoint_ns, checkpoint_id, task_path, task_id, idx,
                            channel, type, value)
SELECT thread_id, checkpoint_ns, checkpoint_id, {path}, task_id, idx, channel,
       coalesce(type, 'null'), coalesce(value, x'')
FROM langgraph_writes
"""


def take_over_langgraph_tables(connection: sqlite3.Connection) -> None:
    """Turn the tables of LangGraph's SQLite saver into ours, in the caller's transaction.

    Does nothing when they are not there. Raises: DataLoss for content that a checkpoint may not
    hold.
    """
    if not _is_langgraphs(connection):
        return
    connection.execute("ALTER TABLE checkpoints RENAME TO langgraph_checkpoints")
    connection.execute("ALTER TABLE writes RENAME TO langgraph_writes")
    for statement in STATEMENTS.split(";\n"):
        connection.execute(statement)
    _move_checkpoints(connection)
    path = "task_path" if "task_path" in _columns(connection, "langgraph_writes") else "''"
    connection.execute(_MOVE_WRITES.format(path=path))
    connection.execute("DROP TABLE langgraph_checkpoints")
    connection.execute("DROP TABLE langgraph_writes")


def _is_langgraphs(connection: sqlite3.Connection) -> bool:
    return "checkpoint" in _columns(connection, "checkpoints") and bool(
        _columns(connection, "writes")
    )


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    found = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return {name for (name,) in found}


def _move_checkpoints(connection: sqlite3.Connection) -> None:
    serde = StrictSerializer()
    last_values = LastValues()
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for row in connection.execute(_OLD_CHECKPOINTS):
        checkpoint = serde.loads_typed((row["type"], row["checkpoint"]))
        place = (row["thread_id"], row["checkpoint_ns"])
        before = known.get(place, {})
        versions = checkpoint["channel_versions"]
        changed = {name: each for name, each in versions.items() if before.get(name) != each}
        known = {place: versions}
        configurable = {
            "thread_id": row["thread_id"],
            "checkpoint_ns": row["checkpoint_ns"],
            "checkpoint_id": row["parent_checkpoint_id"],
        }
        prepared = prepare_checkpoint(
            serde,
            last_values,
            {"configurable": configurable},
            checkpoint,
            json.loads(row["metadata"] or b"{}"),
            changed,
        )
        prepared.insert(connection)
        last_values.remember(prepared.place, prepared.values, prepared.epoch)
