"""The journal of a task's hops in memory."""

from __future__ import annotations

import json
from typing import Any

from agent_service.storage.hop_events import HopStart
from agent_service.storage.memory.tables import Tables
from agent_service.storage.transitions import check_running
from core.json_text import write_json
from core.ports import Answer, Clock, Decision, StartedHop


class MemoryJournal:
    """Keeps what a hop must know when it is started again (`core.ports.HopJournal`)."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        """Write beside the tasks and events of ``tables``."""
        self._tables = tables
        self._clock = clock

    async def start_hop(
        self, task_id: str, hop_index: int, role: str, remaining_loops: int, skill: str
    ) -> StartedHop:
        """Record a start of a hop with its skill, in one event. Raises: NotFound, WrongState."""
        at = self._clock.now_iso()
        wanted = HopStart(task_id, hop_index, role, remaining_loops, skill)

        def start() -> StartedHop:
            check_running(task_id, self._tables.status_of(task_id))
            started, event = wanted.after(*self._tables.events.starts_of(task_id, hop_index), at)
            self._tables.events.append(self._tables.events.prepare([event]))
            return started

        return await self._tables.write(start)

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Return what was decided under a call id; None when nothing was."""
        kept = self._tables.decisions.get((task_id, call_id))
        return None if kept is None else Decision(json.loads(kept))

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Keep a decision and return it, or the one that was made before.

        Raises: NotFound, WrongState when the task does not run.
        """
        text = write_json(value)

        def keep_first() -> Any:
            check_running(task_id, self._tables.status_of(task_id))
            return json.loads(self._tables.decisions.setdefault((task_id, call_id), text))

        return await self._tables.write(keep_first)

    async def answer_for(self, task_id: str, call_id: str) -> Answer | None:
        """Return what a person said to a question; None when nobody did. Raises: NotFound."""
        return self._tables.existing(task_id).answers.get(call_id)
