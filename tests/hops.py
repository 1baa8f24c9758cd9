"""A hop of a role over services that a test plays, with the skill that fits its model."""

from __future__ import annotations

from typing import Any

from agent_service.clock import SystemClock
from agent_service.skills.choice import ChosenSkills
from core.config import WorkflowConfig
from core.hops import Hop
from core.services import WorkflowServices
from core.workflows import BUILT_IN
from shared.bundled_model import ANSWER_STYLE

INSTRUCT = ""
BUNDLED = ANSWER_STYLE
"""What a model says of how it answers (`core.ports.ModelInfo`)."""


def services_of(world: Any) -> WorkflowServices:
    """Return the services of a workflow; ``world`` plays all of them."""
    return WorkflowServices(
        model=world,
        knowledge=world,
        tools=world,
        router=world,
        health=world,
        journal=world,
        clock=SystemClock(),
        skills=ChosenSkills(world, finder=world),
        config=WorkflowConfig(),
    )


async def hop_in(world: Any, role: str, *, attempt: int = 1) -> Hop:
    """Return hop 2 of the task ``t``, as its start makes it."""
    services, spec = services_of(world), BUILT_IN.role(role)
    skill = await services.skills.for_loaded_model() if spec and spec.skilled else None
    return Hop("t", "c", 2, role, attempt, 2, services, begun_with=skill)
