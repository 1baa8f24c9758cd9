"""What a hop must know again after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from core.ports.question import Answer


@dataclass(frozen=True, slots=True)
class Decision:
    """A JSON value that a hop chose before it acted on it."""

    value: Any


@dataclass(frozen=True, slots=True)
class StartedHop:
    """A start of a hop: the attempt, from 1, and the skill that its first attempt began with.

    ``skill`` is empty for a role that works without one.
    """

    attempt: int
    skill: str


class HopJournal(Protocol):
    """Records durably what a hop must know again after a crash: its start, its decisions."""

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Return what was decided under a call id; None when nothing was."""
        ...

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Make a JSON value durable under a call id; return it, or the one that was there first.

        Raises: WrongState when the task runs no longer.
        """
        ...

    async def answer_for(self, task_id: str, call_id: str) -> Answer | None:
        """Return what a person said to the question of a call id; None when nobody answered."""
        ...

    async def start_hop(
        self, task_id: str, hop_index: int, role: str, remaining_loops: int, skill: str
    ) -> StartedHop:
        """Record a start, and the skill with it unless an earlier start of the hop named one.

        ``skill`` is empty for a role that works without one. Durable on return.
        """
        ...
