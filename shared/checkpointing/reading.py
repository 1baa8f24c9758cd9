"""Checkpoints put together from their rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointTuple,
    DeltaChannelHistory,
    PendingWrite,
)
from langgraph.checkpoint.serde.base import SerializerProtocol

from core.errors import DataLoss
from shared.checkpointing.change import apply_change
from shared.checkpointing.queries import QUERIES
from shared.checkpointing.stored_values import StoredValue

Typed = tuple[str, bytes]


def load_checkpoint(
    serde: SerializerProtocol,
    config: RunnableConfig,
    known: Mapping[str, StoredValue],
    connection: sqlite3.Connection,
) -> CheckpointTuple | None:
    """Load the checkpoint that ``config`` names, or the latest of its thread.

    ``known`` are values in memory, which need not be read. Raises: DataLoss.
    """
    row = find_checkpoint(config, connection)
    return None if row is None else read_checkpoint(serde, row, known, connection)


def read_checkpoint(
    serde: SerializerProtocol,
    row: sqlite3.Row,
    known: Mapping[str, StoredValue],
    connection: sqlite3.Connection,
) -> CheckpointTuple:
    """Put the checkpoint of a row together. Raises: DataLoss."""
    head = serde.loads_typed(("msgpack", row["head"]))
    stored = load_values(row, head["channel_versions"], connection, known)
    values = {channel: serde.loads_typed(typed) for channel, typed in stored.items()}
    parent = row["parent_checkpoint_id"]
    return CheckpointTuple(
        config=_config(row, row["checkpoint_id"]),
        checkpoint=cast(Checkpoint, {**head, "channel_values": values}),
        metadata=json.loads(row["metadata"]),
        parent_config=_config(row, parent) if parent else None,
        pending_writes=_decode(serde, load_writes(row, connection)),
    )


def find_checkpoint(config: RunnableConfig, connection: sqlite3.Connection) -> sqlite3.Row | None:
    """Return the row of the checkpoint that ``config`` names, or of the latest of its thread."""
    place = config["configurable"]
    key = [str(place["thread_id"]), str(place.get("checkpoint_ns", ""))]
    checkpoint_id = place.get("checkpoint_id")
    query = "checkpoint_by_id" if checkpoint_id else "latest_checkpoint"
    parameters = [*key, checkpoint_id] if checkpoint_id else key
    row: sqlite3.Row | None = connection.execute(QUERIES[query], parameters).fetchone()
    return row


def load_writes(row: sqlite3.Row, connection: sqlite3.Connection) -> list[tuple[str, str, Typed]]:
    """Load what nodes wrote after a checkpoint, in the order in which it applies."""
    key = (row["thread_id"], row["checkpoint_ns"], row["checkpoint_id"])
    found = connection.execute(QUERIES["writes_of_checkpoint"], key)
    return [(task_id, channel, (kind, value)) for task_id, channel, kind, value in found]


def _decode(
    serde: SerializerProtocol, writes: Iterable[tuple[str, str, Typed]]
) -> list[PendingWrite]:
    """Return writes as LangGraph takes them."""
    return [(task_id, channel, serde.loads_typed(typed)) for task_id, channel, typed in writes]


def load_values(
    row: sqlite3.Row,
    versions: ChannelVersions,
    connection: sqlite3.Connection,
    known: Mapping[str, StoredValue] | None = None,
) -> dict[str, Typed]:
    """Load versions of channels, whole; channels that are empty are left out.

    Raises: DataLoss when a version is missing that another one builds on.
    """
    values: dict[str, Typed] = {}
    unknown: list[tuple[str, str]] = []
    for channel, version in versions.items():
        last = known.get(channel) if known else None
        if last is not None and last.version == str(version):
            values[channel] = (last.kind, last.value)
        else:
            unknown.append((channel, str(version)))
    if unknown:
        stored = _load_rows(row, unknown, connection)
        for channel, version in unknown:
            if (channel, version) in stored:
                values[channel] = _put_together(stored, channel, version)
    return values


def _load_rows(
    row: sqlite3.Row, versions: Sequence[tuple[str, str]], connection: sqlite3.Connection
) -> dict[tuple[str, str], sqlite3.Row]:
    parameters = {
        "thread_id": row["thread_id"],
        "checkpoint_ns": row["checkpoint_ns"],
        "versions": json.dumps(versions),
    }
    found = connection.execute(QUERIES["values_with_bases"], parameters).fetchall()
    return {(each["channel"], each["version"]): each for each in found}


def _put_together(
    stored: Mapping[tuple[str, str], sqlite3.Row], channel: str, version: str
) -> Typed:
    chain: list[sqlite3.Row] = []
    current: str | None = version
    while current is not None:
        row = stored.get((channel, current))
        if row is None or len(chain) > len(stored):
            raise DataLoss(f"version {current} of the channel {channel} is missing")
        chain.append(row)
        current = row["base_version"]
    if len(chain) == 1:
        return chain[0]["type"], chain[0]["value"]
    value = bytearray(chain[-1]["value"])
    try:
        for row in reversed(chain[:-1]):
            apply_change(value, row["value"])
    except ValueError as error:
        raise DataLoss(f"version {version} of the channel {channel}: {error}") from error
    return chain[0]["type"], bytes(value)


def load_delta_history(
    serde: SerializerProtocol,
    config: RunnableConfig,
    channels: Sequence[str],
    connection: sqlite3.Connection,
) -> dict[str, DeltaChannelHistory]:
    """Walk the ancestors of a checkpoint once, for all channels: each ends at its last value."""
    writes: dict[str, list[tuple[str, str, Typed]]] = {channel: [] for channel in channels}
    seeds: dict[str, Typed] = {}
    row = find_checkpoint(config, connection)
    while row is not None and len(seeds) < len(writes) and row["parent_checkpoint_id"]:
        row = find_checkpoint(_config(row, row["parent_checkpoint_id"]), connection)
        if row is None:
            break
        for write in reversed(load_writes(row, connection)):
            if write[1] in writes and write[1] not in seeds:
                writes[write[1]].append(write)
        seeds.update(load_values(row, _missing(serde, row, channels, seeds), connection))
    return {channel: _history(serde, writes[channel], seeds.get(channel)) for channel in channels}


def _missing(
    serde: SerializerProtocol, row: sqlite3.Row, channels: Sequence[str], seeds: Mapping[str, Typed]
) -> ChannelVersions:
    versions: ChannelVersions = serde.loads_typed(("msgpack", row["head"]))["channel_versions"]
    return {c: versions[c] for c in channels if c in versions and c not in seeds}


def _history(
    serde: SerializerProtocol, newest_first: list[tuple[str, str, Typed]], seed: Typed | None
) -> DeltaChannelHistory:
    history: DeltaChannelHistory = {"writes": _decode(serde, reversed(newest_first))}
    if seed is not None:
        history["seed"] = serde.loads_typed(seed)
    return history


def _config(row: sqlite3.Row, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": row["thread_id"],
            "checkpoint_ns": row["checkpoint_ns"],
            "checkpoint_id": checkpoint_id,
        }
    }
