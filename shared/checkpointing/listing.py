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

from shared.checkpointing.queries import QUERIES
from shared.checkpointing.reading import read_checkpoint
from shared.sqlite import Database

_PAGE = 16
_ABOVE_ALL = 2**63 - 1


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
            "page_size": _PAGE,
        }
        self._before = before["configurable"].get("checkpoint_id") if before else None
        self._wanted = wanted or {}

    async def checkpoints(self, limit: int | None) -> AsyncIterator[CheckpointTuple]:
        """Yield at most ``limit`` checkpoints."""
        below = await self._database.read_together(self._start)
        left = limit
        while below is not None and (left is None or left > 0):
            found, below = await self._database.read_together(partial(self._page, below))
            for each in found[:left]:
                yield each
            left = None if left is None else left - len(found)

    def _start(self, connection: sqlite3.Connection) -> int | None:
        """Return the sequence below which to list; None when there is nothing to list."""
        if self._before is None:
            return _ABOVE_ALL
        place = {"thread_id": self._parameters["thread_id"], "checkpoint_id": self._before}
        row = connection.execute(QUERIES["sequence_of_checkpoint"], place).fetchone()
        return None if row is None else int(row["sequence"])

    def _page(
        self, below: int, connection: sqlite3.Connection
    ) -> tuple[list[CheckpointTuple], int | None]:
        """Return those of a page that match, and below which sequence the next page starts."""
        parameters = {**self._parameters, "below": below}
        query = "page_of_all" if parameters["thread_id"] is None else "page_of_thread"
        rows = connection.execute(QUERIES[query], parameters).fetchall()
        found = [self._read(row, connection) for row in rows if self._fits(row)]
        return found, rows[-1]["sequence"] if len(rows) == _PAGE else None

    def _read(self, row: sqlite3.Row, connection: sqlite3.Connection) -> CheckpointTuple:
        return read_checkpoint(self._serde, row, {}, connection)

    def _fits(self, row: sqlite3.Row) -> bool:
        if not self._wanted:
            return True
        metadata = json.loads(row["metadata"])
        return all(metadata.get(name) == value for name, value in self._wanted.items())
