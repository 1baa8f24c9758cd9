"""The checkpointer: LangGraph checkpoints in SQLite (WAL), durable with what they cause."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from core import tracing
from core.database import Database, open_database

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class SavedCheckpoint:
    """A checkpoint on its way to the disk: ``changed`` names the channels that it changes."""

    task_id: str
    values: Mapping[str, Any]
    changed: frozenset[str]


class Outbox(Protocol):
    """Writes what a checkpoint causes into the checkpoint's own transaction."""

    async def write(self, connection: aiosqlite.Connection, saved: SavedCheckpoint) -> None:
        """Write through ``connection``; an exception undoes the checkpoint too."""
        ...

    def committed(self, task_id: str) -> None:
        """Learn that the checkpoint and what it caused are durable."""
        ...


class SqliteCheckpointer(AsyncSqliteSaver):
    """LangGraph's SQLite saver over a `Database`: its writes share the single writer.

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
        task_id = str(config["configurable"]["thread_id"])
        values = checkpoint["channel_values"]
        saved = SavedCheckpoint(task_id, values, frozenset(new_versions))
        with tracing.span("agent.checkpoint.save", _attributes(config)):
            async with self._database.transaction() as connection:
                if self._outbox is not None:
                    await self._outbox.write(connection, saved)
                # The saver commits; events that the outbox wrote are in the same transaction.
                result = await super().aput(config, checkpoint, metadata, new_versions)
        if self._outbox is not None:
            self._outbox.committed(task_id)
        return result

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a node wrote before the checkpoint that follows; durable on return."""
        async with self._database.transaction():
            await super().aput_writes(config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of a thread."""
        async with self._database.transaction():
            await super().adelete_thread(thread_id)


@asynccontextmanager
async def open_checkpointer(path: Path) -> AsyncIterator[SqliteCheckpointer]:
    """Open a checkpointer on a file of its own. Raises: StartupError (damaged file)."""
    async with open_database(path, schema="", version=SCHEMA_VERSION) as database:
        checkpointer = SqliteCheckpointer(database)
        await checkpointer.setup()
        yield checkpointer


def _attributes(config: RunnableConfig) -> dict[str, tracing.AttributeValue]:
    return {tracing.TASK_ID: str(config["configurable"]["thread_id"])}
