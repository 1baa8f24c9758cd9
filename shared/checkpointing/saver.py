"""The saver that LangGraph calls."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
)

from core import tracing
from shared.checkpointing import deleting
from shared.checkpointing.listing import Listing
from shared.checkpointing.outbox import Outbox, SavedCheckpoint
from shared.checkpointing.reading import load_checkpoint, load_delta_history
from shared.checkpointing.stored_values import LastValues
from shared.checkpointing.writing import prepare_checkpoint, prepare_writes
from shared.sqlite import Database
from shared.strict_serializer import StrictSerializer

_JOIN_SECONDS = 0.002
"""How long a node's writes wait for the checkpoint that follows, to share its commit."""


class SqliteCheckpointer(BaseCheckpointSaver[str]):
    """Keeps checkpoints in a `Database` with the checkpointer's tables (`SCHEMA`).

    What a channel holds is stored once a version, and as a change against the version before
    where that is shorter. Whatever is awaited is durable when it returns.

    A node's writes are never durable later than the checkpoint that is made of them: they take
    their place in the line of writes within the call, not when the scheduler first runs it, and
    LangGraph calls in that order.
    """

    def __init__(self, database: Database, outbox: Outbox | None = None) -> None:
        """Keep checkpoints in ``database``; tell ``outbox`` of each one."""
        super().__init__(serde=StrictSerializer())
        self._database = database
        self._outbox = outbox
        self._last_values = LastValues()

    def get_next_version(self, current: str | int | float | None, channel: None) -> str:
        """Return the version after ``current``: a counter, and a part that no other branch has."""
        count = 0 if current is None else int(str(current).split(".")[0])
        return f"{count + 1:010}.{random.getrandbits(32):08x}"

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Load the checkpoint that ``config`` names, or the latest of its thread.

        Raises: DataLoss when it cannot be put together, or holds what it may not hold.
        """
        with tracing.span("agent.checkpoint.load", _attributes(config)):
            place = config["configurable"]
            where = (str(place["thread_id"]), str(place.get("checkpoint_ns", "")))
            load = partial(load_checkpoint, self.serde, config, self._last_values.of(where))
            return await self._database.read_together(load)

    def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """List checkpoints, newest first; nothing is held open between two of them."""
        return Listing(self._database, self.serde, config, filter, before).checkpoints(limit)

    def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> Coroutine[Any, Any, RunnableConfig]:
        """Save a checkpoint; it and what it caused are durable once awaited."""
        prepared = prepare_checkpoint(
            self.serde, self._last_values, config, checkpoint, metadata, new_versions
        )
        thread_id, namespace, checkpoint_id = prepared.row[:3]
        saved = SavedCheckpoint(thread_id, checkpoint["channel_values"], frozenset(new_versions))

        def save(connection: sqlite3.Connection) -> Any:
            written = self._outbox.write(connection, saved) if self._outbox else None
            prepared.insert(connection)
            return written

        done = self._database.enqueue(save, patient=True)

        async def wait() -> RunnableConfig:
            with tracing.span("agent.checkpoint.save", _attributes(config)):
                written = await done
            self._last_values.remember(prepared.place, prepared.values, prepared.epoch)
            if self._outbox is not None:
                self._outbox.committed(written)
            return _place(thread_id, namespace, checkpoint_id)

        return wait()

    def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> Coroutine[Any, Any, None]:
        """Save what a node wrote before the checkpoint that follows; durable once awaited."""
        prepared = prepare_writes(self.serde, config, writes, task_id, task_path)
        done = self._database.enqueue(prepared.insert, patient=True, linger_seconds=_JOIN_SECONDS)

        async def wait() -> None:
            await done

        return wait()

    def release(self, thread_id: str) -> None:
        """Free the memory that a thread takes, because it ended or rests."""
        self._last_values.forget(thread_id)

    async def aget_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what DeltaChannels are rebuilt from: a value, and the writes since."""
        if not channels:
            return {}
        load = partial(load_delta_history, self.serde, config, channels)
        return await self._database.read_together(load)

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of a thread."""
        await self._delete(partial(deleting.delete_thread, str(thread_id)))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints of runs."""
        await self._delete(partial(deleting.delete_runs, self.serde, list(run_ids)))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy every checkpoint of a thread to another one."""
        copy = partial(deleting.copy_thread, source_thread_id, target_thread_id)
        await self._database.write(copy)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete all checkpoints of threads, or all but the latest. Raises: InvalidInput."""
        prune = partial(deleting.prune_threads, self.serde, list(thread_ids), strategy)
        await self._delete(prune)

    async def _delete(self, work: Callable[[sqlite3.Connection], None]) -> None:
        # What is put from here on comes after the deletion in the line: it must not build on
        # a value that may be gone by then.
        self._last_values.forget_all()
        await self._database.write(work)


def _place(thread_id: str, namespace: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": thread_id,
            "checkpoint_ns": namespace,
            "checkpoint_id": checkpoint_id,
        }
    }


def _attributes(config: RunnableConfig) -> dict[str, tracing.AttributeValue]:
    return {tracing.TASK_ID: str(config["configurable"]["thread_id"])}
