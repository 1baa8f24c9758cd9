"""One hop: who acts, on whose behalf, and what comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.fitting import LeftOut
from core.ports import CallContext, Skill
from core.services import WorkflowServices
from core.state import TaskState

LEFT_OUT = "left_out"
"""The key of what a model did not see, in a message and in the detail of a hop's event."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A hop that runs: who it is for, which one it is, and how to name its calls."""

    task_id: str
    correlation_id: str
    index: int
    role: str
    attempt: int
    remaining_loops: int
    services: WorkflowServices
    begun_with: Skill | None = None
    """The skill that the first attempt began with; None for a role that works without one."""
    left_out: list[LeftOut] = field(default_factory=list)
    """What of its material the model did not see, for want of room; a person is told."""

    @property
    def skill(self) -> Skill:
        """How the role does its work: the same over every attempt, whatever model is loaded."""
        if self.begun_with is None:
            raise LookupError(f"the role {self.role} works without a skill (core.roles.spec)")
        return self.begun_with

    def call(self, position: str) -> CallContext:
        """Return the context of the call at ``position``; its id is the same after a crash."""
        return CallContext(
            call_id=f"{self.task_id}:{self.index}:{position}",
            task_id=self.task_id,
            correlation_id=self.correlation_id,
            hop_index=self.index,
            remaining_loops=self.remaining_loops,
            deadline_seconds=self.services.config.call_deadline_seconds,
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a role hands on to whom acts next, or to the client at the end: type and content."""

    message_type: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HopOutcome:
    """What a role did: the channels that change, and the message that it sends."""

    update: TaskState
    outgoing: Outgoing


RoleFunction = Callable[[TaskState, Hop], Awaitable[HopOutcome]]
