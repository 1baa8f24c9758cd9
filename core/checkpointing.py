"""The checkpointer: LangGraph checkpoints in SQLite (WAL), durable with what they cause."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from core import tracing
from core.database import Database, load_queries, open_database

SCHEMA_VERSION = 1
_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class SavedCheckpoint:
    """A checkpoint on its way to the disk: ``changed`` names the channels that it changes."""

    task_id: str
    values: Mapping[str, Any]
    changed: frozenset[str]


class Outbox(Protocol):
    """Writes what a checkpoint causes into the checkpoint's own transaction."""

    def write(self, connection: sqlite3.Connection, saved: SavedCheckpoint) -> None:
        """Write through ``connection``; an exception undoes the checkpoint too."""
        ...

    def committed(self, task_id: str) -> None:
        """Learn that the checkpoint and what it caused are durable."""
        ...


class SqliteCheckpointer(AsyncSqliteSaver):
    """LangGraph's SQLite saver over a `Database`: its writes share the writer and its commits.

    The tables are LangGraph's own, so that its tools read the file.

    Only plain values are read back from the file: no pickle, and no type outside LangGraph's
    own safe list (CVE-2025-64439, CVE-2026-28277).
    """

    def __init__(self, database: Database, outbox: Outbox | None = None) -> None:
        """Keep checkpoints in ``database``; tell ``outbox`` of each one."""
        strict = JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)
        super().__init__(database.writer, serde=strict)
        self._database = database
        self._outbox = outbox

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Load the checkpoint that ``config`` names, or the latest of its thread."""
        with tracing.span("agent.checkpoint.load", _attributes(config)):
            return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; it and what it caused are durable on return."""
        place = config["configurable"]
        thread_id, namespace = str(place["thread_id"]), str(place["checkpoint_ns"])
        kind, content = self.serde.dumps_typed(checkpoint)
        about = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=False)
        parent = place.get("checkpoint_id")
        row = (thread_id, namespace, checkpoint["id"], parent, kind, content,
               about.encode("utf-8", "ignore"))  # fmt: skip
        saved = SavedCheckpoint(thread_id, checkpoint["channel_values"], frozenset(new_versions))

        def save(connection: sqlite3.Connection) -> None:
            if self._outbox is not None:
                self._outbox.write(connection, saved)
            connection.execute(_QUERIES["put_checkpoint"], row)

        with tracing.span("agent.checkpoint.save", _attributes(config)):
            await self._database.write(save)
        if self._outbox is not None:
            self._outbox.committed(thread_id)
        return {
            "configurable": {
                "thread_id": thread_id,
                "checkpoint_ns": namespace,
                "checkpoint_id": checkpoint["id"],
            }
        }

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a node wrote before the checkpoint that follows; durable on return."""
        place = config["configurable"]
        key = (str(place["thread_id"]), str(place["checkpoint_ns"]), str(place["checkpoint_id"]))
        rows = [
            (*key, task_id, task_path, WRITES_IDX_MAP.get(channel, index), channel,
             *self.serde.dumps_typed(value))
            for index, (channel, value) in enumerate(writes)
        ]  # fmt: skip
        # Errors and interrupts replace what was there; a value that was written once stays.
        special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
        query = _QUERIES["replace_write" if special else "put_write"]
        await self._database.write(lambda connection: connection.executemany(query, rows))

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of a thread."""
        await self._database.write(partial(delete_thread, thread_id=str(thread_id)))


def delete_thread(connection: sqlite3.Connection, thread_id: str) -> int:
    """Delete every checkpoint of a thread within the caller's transaction; return how many."""
    deleted = connection.execute(_QUERIES["delete_checkpoints"], (thread_id,)).rowcount
    connection.execute(_QUERIES["delete_writes"], (thread_id,))
    return deleted


@asynccontextmanager
async def open_checkpointer(path: Path) -> AsyncIterator[SqliteCheckpointer]:
    """Open a checkpointer on a file of its own. Raises: StartupError (damaged file)."""
    async with open_database(path, schema="", version=SCHEMA_VERSION) as database:
        checkpointer = SqliteCheckpointer(database)
        await checkpointer.setup()
        yield checkpointer


def _attributes(config: RunnableConfig) -> dict[str, tracing.AttributeValue]:
    return {tracing.TASK_ID: str(config["configurable"]["thread_id"])}
