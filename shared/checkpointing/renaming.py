"""A channel under a new name, in every checkpoint of a file."""

from __future__ import annotations

import sqlite3
from typing import Any

from shared.checkpointing.queries import QUERIES
from shared.strict_serializer import StrictSerializer


def rename_channel(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Rename a channel of a graph's state, in the caller's transaction.

    Tasks then go on, and are forked and shown, as if it had always been called ``new``, which must
    be the name of no other channel. Raises: DataLoss for a checkpoint that cannot be read.
    """
    serde = StrictSerializer()
    names = {"old": old, "new": new}
    found = connection.execute(QUERIES["heads_that_name"], (old.encode(),)).fetchall()
    for sequence, stored in found:
        head = serde.loads_typed(("msgpack", stored))
        _, content = serde.dumps_typed(_renamed(head, old, new))
        connection.execute(QUERIES["replace_head"], (content, sequence))
    connection.execute(QUERIES["rename_values"], names)
    connection.execute(QUERIES["rename_writes"], names)


def _renamed(head: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a head with the channel under its new name wherever a head names channels."""

    def versions(by_channel: dict[str, Any]) -> dict[str, Any]:
        return {new if name == old else name: each for name, each in by_channel.items()}

    changed = head.get("updated_channels")
    return {
        **head,
        "channel_versions": versions(head["channel_versions"]),
        "versions_seen": {node: versions(seen) for node, seen in head["versions_seen"].items()},
        "updated_channels": changed and [new if name == old else name for name in changed],
    }
