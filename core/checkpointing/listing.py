"""Listing checkpoints page by page."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.serde.base import SerializerProtocol

from core.checkpointing.queries import QUERIES
from core.checkpointing.reading import read_checkpoint
from core.database import Database

_PAGE = 16
_Place = tuple[str, str, str]
"""Checkpoint, thread and namespace of the last one listed."""


class Listing:
    """Checkpoints that match, newest first.

    Each page is a read of its own, so a consumer that pauses holds nothing open.
    """

    def __init__(
        self,
        database: Database,
        serde: SerializerProtocol,
        config: RunnableConfig | None,
        wanted: dict[str, Any] | None,
        before: RunnableConfig | None,
    ) -> None:
        """List those of a thread whose metadata has ``wanted``, older than ``before``."""
        self._database = database
        self._serde = serde
        place = config["configurable"] if config else {}
        self._parameters: dict[str, Any] = {
            "thread_id": place.get("thread_id"),
            "checkpoint_ns": place.get("checkpoint_ns"),
            "checkpoint_id": place.get("checkpoint_id") or None,
            "before": before["configurable"].get("checkpoint_id") if before else None,
            "page_size": _PAGE,
        }
        self._wanted = wanted or {}

    async def checkpoints(self, limit: int | None) -> AsyncIterator[CheckpointTuple]:
        """Yield at most ``limit`` checkpoints."""
        after: _Place | None = None
        left = limit
        while left is None or left > 0:
            found, after = await self._database.read_together(partial(self._page, after))
            for each in found[:left]:
                yield each
            if after is None:
                return
            left = None if left is None else left - len(found)

    def _page(
        self, after: _Place | None, connection: sqlite3.Connection
    ) -> tuple[list[CheckpointTuple], _Place | None]:
        """Return those of a page that match, and where the next page starts, if there is one."""
        last = after or (None, None, None)
        names = ("after_id", "after_thread", "after_ns")
        parameters = {**self._parameters, **dict(zip(names, last, strict=True))}
        rows = connection.execute(QUERIES["page_of_checkpoints"], parameters).fetchall()
        found = [self._read(row, connection) for row in rows if self._fits(row)]
        if len(rows) < _PAGE:
            return found, None
        end = rows[-1]
        return found, (end["checkpoint_id"], end["thread_id"], end["checkpoint_ns"])

    def _read(self, row: sqlite3.Row, connection: sqlite3.Connection) -> CheckpointTuple:
        return read_checkpoint(self._serde, row, {}, connection)

    def _fits(self, row: sqlite3.Row) -> bool:
        if not self._wanted:
            return True
        metadata = json.loads(row["metadata"])
        return all(metadata.get(name) == value for name, value in self._wanted.items())
