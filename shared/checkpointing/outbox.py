"""What becomes durable together with a checkpoint."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class SavedCheckpoint:
    """A checkpoint on its way to the disk: ``changed`` names the channels that it changes."""

    task_id: str
    values: Mapping[str, Any]
    changed: frozenset[str]


class Outbox(Protocol):
    """Writes what a checkpoint causes into the checkpoint's own transaction."""

    def write(self, connection: sqlite3.Connection, saved: SavedCheckpoint) -> Any:
        """Write through ``connection``; an exception undoes the checkpoint too.

        Returns what `committed` is told. Runs on the writer's thread.
        """
        ...

    def committed(self, written: Any) -> None:
        """Learn that the checkpoint and what `write` returned are durable."""
        ...
