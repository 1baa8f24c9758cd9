"""What is declared of a workflow: its roles, and who acts after whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.config import WorkflowConfig
from core.roles.spec import RoleSpec

NextRole = Callable[[Mapping[str, Any]], str]
"""From the state after a hop to the name of the role that acts next; empty: the task ends."""


def _none(config: WorkflowConfig) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """A workflow that tasks can take.

    ``description`` tells a router which requests are for it. ``roles`` act one after the other;
    ``turns`` says otherwise for the roles that it names. ``cycle`` names the roles that act again
    in every further review cycle; empty: the workflow is never reviewed. ``more_hops`` tells how
    many hops its turns may add beside. ``version`` grows when a task that is under way could not
    go on.
    """

    name: str
    version: int
    description: str
    roles: tuple[RoleSpec, ...]
    turns: Mapping[str, NextRole] = field(default_factory=dict)
    cycle: tuple[str, ...] = ()
    more_hops: Callable[[WorkflowConfig], int] = _none

    @property
    def reviewed(self) -> bool:
        """Whether it uses up review cycles."""
        return bool(self.cycle)

    def next_role(self, role: str, values: Mapping[str, Any]) -> str:
        """Return who acts after ``role``, given the state that it left; empty: nobody."""
        if role in self.turns:
            return self.turns[role](values)
        names = [each.name for each in self.roles]
        place = names.index(role) + 1
        return names[place] if place < len(names) else ""

    def max_hops(self, config: WorkflowConfig) -> int:
        """Return the most hops that a task may take, the router's included."""
        again = len(self.cycle) * (max(1, config.max_review_cycles) - 1)
        return 1 + len(self.roles) + again + self.more_hops(config)
