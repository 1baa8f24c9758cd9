"""A hop of a role over services that a test plays, with the skill that fits its model."""

from __future__ import annotations

from agent_service.skills.choice import ChosenSkills
from core.hops import Hop
from core.services import WorkflowServices
from core.workflows import BUILT_IN
from shared.bundled_model import ANSWER_STYLE
from shared.testing import FakeServices

INSTRUCT = ""
BUNDLED = ANSWER_STYLE
"""What a model says of how it answers (`core.ports.ModelInfo`)."""


def services_of(fakes: FakeServices) -> WorkflowServices:
    """Return the services of a workflow, with the skills of the agent."""
    return fakes.for_workflow(ChosenSkills(fakes.model, finder=fakes.model))


async def hop_in(fakes: FakeServices, role: str, *, attempt: int = 1) -> Hop:
    """Return hop 2 of the task ``t``, as its start makes it."""
    services, spec = services_of(fakes), BUILT_IN.role(role)
    skill = await services.skills.for_loaded_model() if spec and spec.skilled else None
    return Hop("t", "c", 2, role, attempt, 2, services, begun_with=skill)
