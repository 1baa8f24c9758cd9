"""The agent service on services that answer at once, with a workflow `poem` that asks a person.

``python -m tests.integration.asking_agent``
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent_service.app import RemoteServices, serve
from agent_service.config import AgentSettings
from agent_service.skills.choice import ChosenSkills
from core.asking import ask
from core.hops import Hop, HopOutcome, Outgoing
from core.ports import JsonAnswer, TextAnswer
from core.roles.spec import RoleSpec
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec
from shared.server import run_service
from shared.testing import FakeServices

FORMS = ["ode", "haiku"]


async def listen(state: TaskState, hop: Hop) -> HopOutcome:
    """Ask for whom the poem is."""
    reader = await ask(hop, "reader", TextAnswer, "For whom is the poem?")
    update: Any = {"reader": reader.text}
    return HopOutcome(update, Outgoing("reader", {"name": reader.text}))


async def choose(state: TaskState, hop: Hop) -> HopOutcome:
    """Ask which form the poem has."""
    form = await ask(hop, "form", JsonAnswer, "Which form?", FORMS)
    result = json.dumps([state.get("reader"), form.value], ensure_ascii=False)
    return HopOutcome(TaskState(result=result), Outgoing("poem", {"text": result}))


LISTENER = RoleSpec(name="listener", act=listen, channels={"reader": {"type": "string"}})
CHOOSER = RoleSpec(name="chooser", act=choose)
POEM = WorkflowSpec("poem", version=1, description="a poem", roles=(LISTENER, CHOOSER))


async def _serves(role: str) -> bool:
    return True


@asynccontextmanager
async def open_fakes(settings: AgentSettings) -> AsyncIterator[RemoteServices]:
    """Yield services that answer at once."""
    world = FakeServices()
    skills = ChosenSkills(world.model, finder=world.model)
    yield RemoteServices(world.model, skills, world.knowledge, world.tools, world.router, _serves)


if __name__ == "__main__":
    run_service("agent", lambda: serve(open_fakes, Workflows((*BUILT_IN, POEM))))
