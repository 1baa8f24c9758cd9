"""The journal of a task's hops: that they start, what they decided, what people answered."""

from __future__ import annotations

import json
from typing import Any

from agent_service.storage.hop_events import HopStart
from agent_service.storage.questions import answers_of_column
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.sqlite.rows import check_running
from agent_service.storage.transitions import found
from core.json_text import write_json
from core.ports import Answer, Clock, Decision, StartedHop
from shared import failpoints
from shared.sqlite import Database


class SqliteJournal:
    """Keeps what a hop must know again after a crash (`core.ports.HopJournal`).

    What it writes waits while the disk takes nothing.
    """

    def __init__(self, database: Database, events: SqliteEventLog, clock: Clock) -> None:
        """Write beside the tasks and events of ``database``."""
        self._database = database
        self._events = events
        self._clock = clock

    @failpoints.at_commit("agent.start_hop")
    async def start_hop(
        self, task_id: str, hop_index: int, role: str, remaining_loops: int, skill: str
    ) -> StartedHop:
        """Record a start of a hop with its skill, in one event. Raises: NotFound, WrongState."""
        at = self._clock.now_iso()
        wanted = HopStart(task_id, hop_index, role, remaining_loops, skill)

        def start(transaction: Transaction) -> StartedHop:
            check_running(transaction.connection, task_id)
            starts, begun_with = transaction.connection.execute(
                QUERIES["starts_of_hop"], (task_id, hop_index)
            ).fetchone()
            started, event = wanted.after(starts, begun_with, at)
            transaction.append(event)
            return started

        started = await self._events.write(start, patient=True)
        await failpoints.pause(f"agent.in_hop.{role}")
        return started

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Return what was decided under a call id; None when nothing was."""
        rows = await self._database.read(QUERIES["decision"], (task_id, call_id))
        return Decision(json.loads(rows[0]["value"])) if rows else None

    @failpoints.at_commit("agent.decide")
    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Make a decision durable and return it, or the one that was made before.

        Raises: NotFound, WrongState when the task does not run.
        """
        row = {
            "task_id": task_id,
            "call_id": call_id,
            # ASCII: SQLite takes no lone surrogates, which JSON strings may hold.
            "value": write_json(value),
            "at": self._clock.now_iso(),
        }

        def keep_first(transaction: Transaction) -> Any:
            connection = transaction.connection
            check_running(connection, task_id)
            connection.execute(QUERIES["decide"], row)
            [kept] = connection.execute(QUERIES["decision"], (task_id, call_id)).fetchone()
            return json.loads(kept)

        return await self._events.write(keep_first, patient=True)

    async def answer_for(self, task_id: str, call_id: str) -> Answer | None:
        """Return what a person said to a question; None when nobody did. Raises: NotFound."""
        rows = await self._database.read(QUERIES["answers"], (task_id,))
        row = found(rows[0] if rows else None, task_id)
        return answers_of_column(row["answers"]).get(call_id)
