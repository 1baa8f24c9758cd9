"""The agent service on services that answer at once, with a workflow `poem` that asks a person.

``python -m tests.integration.asking_agent``
"""

from __future__ import annotations

import json
from typing import Any

from agent_service.app import serve
from benchmarks.instant_services import open_instant_services
from core.asking import ask
from core.hops import Hop, HopOutcome, Outgoing
from core.ports import JsonAnswer, TextAnswer
from core.roles.spec import RoleSpec
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec
from shared.server import run_service

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

if __name__ == "__main__":
    run_service("agent", lambda: serve(open_instant_services, Workflows((*BUILT_IN, POEM))))
