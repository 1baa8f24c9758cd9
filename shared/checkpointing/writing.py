"""Rows of a checkpoint, and of what nodes wrote before it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    get_checkpoint_metadata,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

from shared.checkpointing.queries import QUERIES
from shared.checkpointing.stored_values import LastValues, Place, StoredValue


@dataclass(frozen=True, slots=True)
class PreparedCheckpoint:
    """A checkpoint as rows; ``values`` are the channels that changed."""

    row: tuple[Any, ...]
    values: Mapping[str, StoredValue]
    epoch: int

    def insert(self, connection: sqlite3.Connection) -> None:
        """Insert the rows."""
        connection.executemany(QUERIES["put_value"], self._value_rows())
        connection.execute(QUERIES["put_checkpoint"], self.row)

    @property
    def place(self) -> Place:
        """The thread and namespace."""
        return self.row[0], self.row[1]

    def _value_rows(self) -> Iterable[tuple[Any, ...]]:
        thread_id, namespace = self.place
        for channel, stored in self.values.items():
            yield (
                thread_id,
                namespace,
                channel,
                stored.version,
                stored.base_version,
                stored.kind,
                stored.content,
            )


def prepare_checkpoint(
    serde: SerializerProtocol,
    last_values: LastValues,
    config: RunnableConfig,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    new_versions: ChannelVersions,
) -> PreparedCheckpoint:
    """Turn a checkpoint into rows, at once: the state may change after the call."""
    place = config["configurable"]
    where = (str(place["thread_id"]), str(place.get("checkpoint_ns", "")))
    values: dict[str, StoredValue] = {}
    for channel, version in new_versions.items():
        # A channel that has a version and no value is empty (it was consumed).
        if channel in checkpoint["channel_values"]:
            kind, content = serde.dumps_typed(checkpoint["channel_values"][channel])
            values[channel] = last_values.prepare(where, channel, str(version), kind, content)
    _, head = serde.dumps_typed(_head(checkpoint))
    about = json.dumps(get_checkpoint_metadata(config, metadata), ensure_ascii=True)
    row = (*where, checkpoint["id"], place.get("checkpoint_id"), head, about)
    return PreparedCheckpoint(row, values, last_values.epoch)


def _head(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: value for name, value in checkpoint.items() if name != "channel_values"}


@dataclass(frozen=True, slots=True)
class PreparedWrites:
    """What a node wrote, as rows."""

    query: str
    rows: Sequence[tuple[Any, ...]]

    def insert(self, connection: sqlite3.Connection) -> None:
        """Insert the rows."""
        connection.executemany(self.query, self.rows)


def prepare_writes(
    serde: SerializerProtocol,
    config: RunnableConfig,
    writes: Sequence[tuple[str, Any]],
    task_id: str,
    task_path: str,
) -> PreparedWrites:
    """Turn what a node wrote into rows, at once."""
    place = config["configurable"]
    key = (str(place["thread_id"]), str(place.get("checkpoint_ns", "")), place["checkpoint_id"])
    rows = [
        (*key, task_path, task_id, WRITES_IDX_MAP.get(channel, index), channel,
         *serde.dumps_typed(value))
        for index, (channel, value) in enumerate(writes)
    ]  # fmt: skip
    special = all(channel in WRITES_IDX_MAP for channel, _ in writes)
    return PreparedWrites(QUERIES["replace_write" if special else "put_write"], rows)
