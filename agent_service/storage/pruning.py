"""Retention: ended tasks that are old enough go, with everything that is theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent_service.storage.records import TaskStatus
from core.database import Database, load_queries
from core.ports import Clock

MOST_TASKS_A_CALL = 500
_TASKS_A_TRANSACTION = 20  # a few milliseconds, which is how long others wait for the writer
_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))

DeleteCheckpoints = Callable[[sqlite3.Connection, str], int]
"""Deletes the checkpoints of a task within the caller's transaction; returns how many."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Which tasks are due: of one of ``statuses``, unchanged for ``older_than``."""

    older_than: timedelta
    statuses: Collection[TaskStatus] = (
        TaskStatus.COMPLETED,
        TaskStatus.FAILED,
        TaskStatus.CANCELLED,
    )


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted, or would be; ``more`` says that more tasks are due."""

    tasks: int = 0
    events: int = 0
    checkpoints: int = 0
    task_ids: Sequence[str] = ()
    more: bool = False


class TaskPruner:
    """Deletes old tasks by small transactions, each task whole."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        delete_checkpoints: DeleteCheckpoints,
        is_running: Callable[[str], bool],
    ) -> None:
        """Leave alone what ``is_running`` says is still being cut after its end."""
        self._database = database
        self._clock = clock
        self._delete_checkpoints = delete_checkpoints
        self._is_running = is_running

    async def count(self, retention: Retention) -> Pruned:
        """Return what is due."""
        [row] = await self._database.read(_QUERIES["count_due"], self._due(retention))
        return Pruned(row["tasks"], row["events"], row["checkpoints"])

    async def prune(self, retention: Retention) -> Pruned:
        """Delete at most 500 tasks that are due, oldest first; durable on return."""
        due = self._due(retention)
        wanted = {**due, "most": MOST_TASKS_A_CALL + 1}
        rows = await self._database.read(_QUERIES["due"], wanted)
        found = [str(row["task_id"]) for row in rows]
        chosen = [each for each in found[:MOST_TASKS_A_CALL] if not self._is_running(each)]
        batches = [
            await self._delete(chosen[start : start + _TASKS_A_TRANSACTION], due)
            for start in range(0, len(chosen), _TASKS_A_TRANSACTION)
        ]
        return Pruned(
            tasks=sum(batch.tasks for batch in batches),
            events=sum(batch.events for batch in batches),
            checkpoints=sum(batch.checkpoints for batch in batches),
            task_ids=[task_id for batch in batches for task_id in batch.task_ids],
            more=len(found) > MOST_TASKS_A_CALL,
        )

    async def _delete(self, task_ids: Sequence[str], due: dict[str, str]) -> Pruned:
        def delete(connection: sqlite3.Connection) -> Pruned:
            gone, events, checkpoints = [], 0, 0
            for task_id in task_ids:
                row = {**due, "task_id": task_id}
                if connection.execute(_QUERIES["still_due"], row).fetchone() is None:
                    continue
                events += connection.execute(_QUERIES["delete_events"], (task_id,)).rowcount
                checkpoints += self._delete_checkpoints(connection, task_id)
                connection.execute(_QUERIES["delete_task"], (task_id,))
                gone.append(task_id)
            return Pruned(len(gone), events, checkpoints, gone)

        return await self._database.write(delete)

    def _due(self, retention: Retention) -> dict[str, str]:
        now = datetime.fromisoformat(self._clock.now_iso())
        before = (now - retention.older_than).astimezone(UTC).isoformat(timespec="microseconds")
        return {"statuses": json.dumps([str(each) for each in retention.statuses]),
                "before": before}  # fmt: skip
