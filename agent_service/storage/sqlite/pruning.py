"""Retention: ended tasks that are old enough go, with everything that is theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from agent_service.storage.ports import MOST_PRUNED
from agent_service.storage.records import Pruned, Retention
from core.ports import Clock
from shared import failpoints
from shared.checkpointing.deleting import delete_thread
from shared.sqlite import Database, load_queries

_TASKS_A_TRANSACTION = 20  # a few milliseconds, which is how long others wait for the writer
_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))


class SqliteTaskPruner:
    """`agent_service.storage.ports.TaskPruner` in SQLite, by small transactions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
    ) -> None:
        """Delete from ``database``."""
        self._database = database
        self._clock = clock

    async def count(self, retention: Retention) -> Pruned:
        """Return what is due."""
        rows = await self._database.read(_QUERIES["due"], self._due(retention))
        due = [str(row["task_id"]) for row in rows]
        [size] = await self._database.read(_QUERIES["size"], {"among": json.dumps(due)})
        return Pruned(len(due), size["events"], size["checkpoints"])

    async def prune(self, retention: Retention, spares: Callable[[str], bool]) -> Pruned:
        """Delete tasks that are due, of the `MOST_PRUNED` oldest ones; durable on return."""
        due = {**self._due(retention), "most": MOST_PRUNED + 1}
        rows = await self._database.read(_QUERIES["due"], due)
        found = [str(row["task_id"]) for row in rows]
        chosen = [each for each in found[:MOST_PRUNED] if not spares(each)]
        batches = [
            await self._delete(chosen[start : start + _TASKS_A_TRANSACTION], due)
            for start in range(0, len(chosen), _TASKS_A_TRANSACTION)
        ]
        return Pruned(
            tasks=sum(batch.tasks for batch in batches),
            events=sum(batch.events for batch in batches),
            checkpoints=sum(batch.checkpoints for batch in batches),
            task_ids=[task_id for batch in batches for task_id in batch.task_ids],
            more=len(found) > MOST_PRUNED,
        )

    @failpoints.at_commit("agent.prune")
    async def _delete(self, task_ids: Sequence[str], due: Mapping[str, str | int]) -> Pruned:
        def delete(connection: sqlite3.Connection) -> Pruned:
            wanted = {**due, "among": json.dumps(task_ids)}
            rows = connection.execute(_QUERIES["still_due"], wanted).fetchall()
            gone = [str(row["task_id"]) for row in rows]
            among = {"among": json.dumps(gone)}
            events, checkpoints = connection.execute(_QUERIES["size"], among).fetchone()
            for task_id in gone:
                connection.execute(_QUERIES["delete_events"], (task_id,))
                connection.execute(_QUERIES["delete_decisions"], (task_id,))
                delete_thread(task_id, connection)
                connection.execute(_QUERIES["delete_task"], (task_id,))
            return Pruned(len(gone), events, checkpoints, gone)

        return await self._database.write(delete)

    def _due(self, retention: Retention) -> dict[str, str | int]:
        before = retention.before(self._clock.now_iso())
        statuses = json.dumps([str(each) for each in retention.statuses])
        return {"statuses": statuses, "before": before, "most": -1}
