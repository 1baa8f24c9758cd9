"""A workflow whose roles ask a person for a text and for JSON."""

from __future__ import annotations

import json
import uuid
from typing import Any

from agent_service.storage.records import Submission, TaskStatus
from core.asking import ask
from core.calls import retrieve
from core.hops import Hop, HopOutcome, Outgoing
from core.ports import JsonAnswer, Question, TextAnswer
from core.roles.spec import RoleSpec
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec

from .conftest import Agent

FORMS = ["ode", {"lines": 3, "name": "haiku"}]


async def listen(state: TaskState, hop: Hop) -> HopOutcome:
    """Ask for whom the poem is, and look for passages about them."""
    reader = await ask(hop, "reader", TextAnswer, "For whom is the poem?")
    await retrieve(hop, reader.text, "")
    update: Any = {"reader": reader.text}
    return HopOutcome(update, Outgoing("reader", {"name": reader.text}))


async def choose(state: TaskState, hop: Hop) -> HopOutcome:
    """Ask which form the poem has, and then whether it rhymes."""
    form = await ask(hop, "form", JsonAnswer, "Which form?", {"forms": FORMS})
    rhymes = await ask(hop, "rhymes", JsonAnswer, "Does it rhyme?")
    await retrieve(hop, "poems", "")
    result = json.dumps([state.get("reader"), form.value, rhymes.value], ensure_ascii=False)
    return HopOutcome(TaskState(result=result), Outgoing("poem", {"text": result}))


LISTENER = RoleSpec(name="listener", act=listen, channels={"reader": {"type": "string"}})
CHOOSER = RoleSpec(name="chooser", act=choose)
ASKING = Workflows(
    (*BUILT_IN, WorkflowSpec("poem", version=1, description="", roles=(LISTENER, CHOOSER)))
)
GEORGE = TextAnswer("Ann,\n“née” Smith 💥")


async def submitted(agent: Agent) -> str:
    wanted = Submission("a poem", str(uuid.uuid4()), workflow="poem")
    return (await agent.desk.submit(wanted)).task_id


async def asked(agent: Agent, task_id: str) -> Question:
    """Wait until a task asks, and return the question."""
    task = await agent.ended(task_id)
    assert task.status is TaskStatus.INPUT_REQUIRED
    assert task.question is not None
    return task.question
