"""The journal of hops in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from core.errors import WrongState
from core.json_text import read_json, write_json
from core.ports import Decision, EffectAnswer, StartedHop


@dataclass
class FakeJournal:
    """Remembers starts and decisions as long as it lives (`core.ports.HopJournal`).

    ``answers`` are what a person said about calls, by their ids; tasks in ``ended`` run no longer.
    """

    answers: dict[str, EffectAnswer] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    started: list[tuple[str, str]] = field(default_factory=list)
    """The role and the skill of each start, in order."""
    _decisions: dict[tuple[str, str], str] = field(default_factory=dict)
    _attempts: Counter[tuple[str, int]] = field(default_factory=Counter)
    _skills: dict[tuple[str, int], str] = field(default_factory=dict)

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Return what was decided under a call id; None when nothing was."""
        kept = self._decisions.get((task_id, call_id))
        return None if kept is None else Decision(read_json(kept))

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Keep a value, or the one that was there first; return it. Raises: WrongState."""
        self._check_runs(task_id)
        return read_json(self._decisions.setdefault((task_id, call_id), write_json(value)))

    async def answer_for(self, task_id: str, call_id: str) -> EffectAnswer | None:
        """Return what a person said about the effect of a call."""
        return self.answers.get(call_id)

    async def start_hop(
        self, task_id: str, hop_index: int, role: str, remaining_loops: int, skill: str
    ) -> StartedHop:
        """Count a start, and keep the first skill that one named. Raises: WrongState."""
        self._check_runs(task_id)
        hop = (task_id, hop_index)
        self._attempts[hop] += 1
        self._skills[hop] = self._skills.get(hop) or skill
        self.started.append((role, skill))
        return StartedHop(self._attempts[hop], self._skills[hop])

    def _check_runs(self, task_id: str) -> None:
        if task_id in self.ended:
            raise WrongState(f"the task {task_id} runs no longer")
