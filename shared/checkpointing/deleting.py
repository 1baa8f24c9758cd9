"""Deleting and copying checkpoints, without cutting what others build on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from langgraph.checkpoint.serde.base import SerializerProtocol

from core.errors import InvalidInput
from shared.checkpointing.queries import QUERIES

_Version = tuple[str, str, str]
"""Namespace, channel, version."""


def delete_thread(thread_id: str, connection: sqlite3.Connection) -> None:
    """Delete everything of a thread."""
    for query in ("delete_checkpoints", "delete_values", "delete_writes"):
        connection.execute(QUERIES[query], (thread_id,))


def delete_runs(
    serde: SerializerProtocol, run_ids: Iterable[str], connection: sqlite3.Connection
) -> None:
    """Delete the checkpoints of runs, and values that no other checkpoint needs."""
    threads: set[str] = set()
    for run_id in run_ids:
        found = connection.execute(QUERIES["threads_of_run"], (run_id,)).fetchall()
        threads.update(row["thread_id"] for row in found)
        connection.execute(QUERIES["delete_checkpoints_of_run"], (run_id,))
    for thread_id in threads:
        _sweep(serde, thread_id, connection)


def copy_thread(source: str, target: str, connection: sqlite3.Connection) -> None:
    """Copy every checkpoint, value and write of a thread to another one."""
    for query in ("copy_checkpoints", "copy_values", "copy_writes"):
        connection.execute(QUERIES[query], {"source": source, "target": target})


def prune_threads(
    serde: SerializerProtocol,
    thread_ids: Sequence[str],
    strategy: str,
    connection: sqlite3.Connection,
) -> None:
    """Delete threads (``delete``), or all of them but the latest checkpoint (``keep_latest``).

    A kept checkpoint keeps what its values build on: the versions below a change, and for a
    DeltaChannel the ancestors (with their writes) down to the one that holds the channel's value.

    Raises: InvalidInput for another strategy.
    """
    if strategy not in ("keep_latest", "delete"):
        raise InvalidInput(f"strategy {strategy!r} is neither 'keep_latest' nor 'delete'")
    for thread_id in thread_ids:
        if strategy == "delete":
            delete_thread(thread_id, connection)
        else:
            _keep_latest(serde, thread_id, connection)


def _keep_latest(serde: SerializerProtocol, thread_id: str, connection: sqlite3.Connection) -> None:
    rows = connection.execute(QUERIES["checkpoints_of_thread"], (thread_id,)).fetchall()
    by_id = {(row["checkpoint_ns"], row["checkpoint_id"]): row for row in rows}
    latest = {row["checkpoint_ns"]: row for row in rows}  # rows come in the order of saving
    kept: set[tuple[str, str]] = set()
    for row in latest.values():
        kept |= _needed(serde, row, by_id, connection)
    for namespace, checkpoint_id in by_id.keys() - kept:
        connection.execute(QUERIES["delete_checkpoint"], (thread_id, namespace, checkpoint_id))
    _sweep(serde, thread_id, connection)


def _needed(
    serde: SerializerProtocol,
    row: sqlite3.Row,
    by_id: dict[tuple[str, str], sqlite3.Row],
    connection: sqlite3.Connection,
) -> set[tuple[str, str]]:
    """Return a checkpoint and the ancestors that its DeltaChannels are rebuilt from."""
    namespace = row["checkpoint_ns"]
    missing = set(json.loads(row["metadata"]).get("counters_since_delta_snapshot", ()))
    missing -= _present(serde, row, missing, connection)
    kept = {(namespace, row["checkpoint_id"])}
    while missing and (parent := by_id.get((namespace, row["parent_checkpoint_id"]))):
        row = parent
        kept.add((namespace, row["checkpoint_id"]))
        missing -= _present(serde, row, missing, connection)
    return kept


def _present(
    serde: SerializerProtocol,
    row: sqlite3.Row,
    channels: set[str],
    connection: sqlite3.Connection,
) -> set[str]:
    """Return those of ``channels`` whose value is stored at a checkpoint."""
    stored = {
        (each["channel"], each["version"])
        for each in connection.execute(QUERIES["versions_of_thread"], (row["thread_id"],))
        if each["checkpoint_ns"] == row["checkpoint_ns"]
    }
    versions = serde.loads_typed(("msgpack", row["head"]))["channel_versions"]
    return {c for c in channels if c in versions and (c, str(versions[c])) in stored}


def _sweep(serde: SerializerProtocol, thread_id: str, connection: sqlite3.Connection) -> None:
    """Delete writes and values of a thread that no checkpoint reaches."""
    connection.execute(QUERIES["delete_stray_writes"], (thread_id,))
    bases: dict[_Version, str | None] = {
        (row["checkpoint_ns"], row["channel"], row["version"]): row["base_version"]
        for row in connection.execute(QUERIES["versions_of_thread"], (thread_id,))
    }
    reached: set[_Version] = set()
    for row in connection.execute(QUERIES["checkpoints_of_thread"], (thread_id,)):
        versions = serde.loads_typed(("msgpack", row["head"]))["channel_versions"]
        for channel, version in versions.items():
            _reach((row["checkpoint_ns"], channel, str(version)), bases, reached)
    for unreached in bases.keys() - reached:
        connection.execute(QUERIES["delete_value"], (thread_id, *unreached))


def _reach(version: _Version, bases: dict[_Version, str | None], reached: set[_Version]) -> None:
    current: _Version | None = version
    while current is not None and current in bases and current not in reached:
        reached.add(current)
        base = bases[current]
        current = None if base is None else (current[0], current[1], base)
