"""A whole workflow on a database file or in memory; fakes play the remote services."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent_service.clock import SystemClock
from agent_service.desk.desk import Desk
from agent_service.running.live_text import LiveTexts
from agent_service.running.recovery import recover_tasks
from agent_service.running.runner import Runner
from agent_service.running.task_run import TaskRun
from agent_service.skills.choice import ChosenSkills
from agent_service.storage.memory import memory_storage
from agent_service.storage.ports import Storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import Submission, TaskRecord
from agent_service.storage.sqlite import storage_in
from agent_service.storage.sqlite.ownership import hold_lock, take_ownership
from agent_service.storage.sqlite.schema import SCHEMA
from core.errors import MeshError
from core.graph import Workflow, build_workflow
from core.ports import Passage, ToolResult
from core.workflows import BUILT_IN, Workflows
from shared.bundled_model import ANSWER_STYLE
from shared.sqlite import Database, open_database
from shared.testing import (
    CHECKS_PASS,
    DEFAULT,
    Asked,
    FakeKnowledge,
    FakeModel,
    FakeRouter,
    FakeServices,
    FakeTool,
    FakeToolbox,
    say_plainly,
)
from tests.unit.agent_service.skills.scripted import WRITE_FILE

_REVIEWS = {
    "assertions": '{"assertions": ["assert f(2) == 4"]}',
    "opinion": '{"approve": true, "comment": ""}',
}

CLOCK = SystemClock()


def _say(asked: Asked) -> str:
    """Write code, or what a review asks for; take the first tool call of a choice."""
    if asked.position in _REVIEWS:
        return _REVIEWS[asked.position]
    return say_plainly(asked) if asked.schema else "def f(x):\n    return 2 * x"


class World(FakeServices):
    """The services around the agent: a model that doubles numbers, a document about ports.

    ``results`` are those of the first calls of tools.
    """

    def __init__(
        self,
        workflow: str = "code",
        *,
        held: bool = False,
        answer_style: str = ANSWER_STYLE,
        results: Sequence[ToolResult | MeshError] = (),
    ) -> None:
        port = Passage("a.md", 1, 2, "The agent listens on port 7400.", 0.9)
        super().__init__(
            model=FakeModel(says=_say, answer_style=answer_style),
            knowledge=FakeKnowledge(collections={DEFAULT: [port]}),
            tools=FakeToolbox(tools=[CHECKS_PASS, FakeTool(WRITE_FILE)], results=list(results)),
            router=FakeRouter(workflow=workflow),
        )
        if held:
            self.calls.hold()


async def _always(role: str) -> bool:
    return True


@dataclass
class Agent:
    """One life of an agent; ``database`` holds its storage, unless that is in memory."""

    storage: Storage
    runner: Runner
    workflow: Workflow
    desk: Desk
    texts: LiveTexts
    database: Any = None

    async def ended(self, task_id: str) -> TaskRecord:
        """Wait until a task has ended."""
        async with asyncio.timeout(20):
            while not (task := await self.desk.get(task_id)).status.ended:
                await asyncio.sleep(0.01)
        return task


StartAgent = Callable[..., AbstractAsyncContextManager[Agent]]
"""Takes a world, and the workflows that there are in it (the built-in ones unless they are given).
"""


@pytest.fixture
def start_agent(tmp_path: Path) -> StartAgent:
    """Start an agent on the test's database; leaving the block is a crash, not a clean stop."""

    @asynccontextmanager
    async def start(world: World, workflows: Workflows = BUILT_IN) -> AsyncIterator[Agent]:
        path = tmp_path / "mesh.db"
        with hold_lock(path):
            async with open_database(path, SCHEMA) as database:
                clean = await take_ownership(database)
                storage = storage_in(
                    database, CLOCK, queue_limit=5, max_review_cycles=2, workflows=workflows
                )
                agent = _build(storage, world, workflows, database)
                await recover_tasks(agent.storage, crashed=not clean, max_crashes=3)
                async with _at_work(agent):
                    yield agent

    return start


def ask(text: str = "double a number", route: str = "") -> Submission:
    """Return a submission under an id of its own; an empty ``route`` lets the router choose."""
    return Submission(text, str(uuid.uuid4()), workflow=route)


async def submit(agent: Agent, submission: Submission | None = None) -> str:
    """Submit a task and return its id."""
    task = await agent.storage.queue.submit(submission or ask())
    agent.runner.notify()
    return task.task_id


def roles(progress: Progress) -> list[tuple[str, int]]:
    """Return the role and the attempt of each hop."""
    return [(hop["role"], hop["attempt"]) for hop in progress.hops]


@pytest.fixture
def start_in_memory() -> StartAgent:
    """Start an agent that leaves nothing behind, for what does not go on after a crash."""

    @asynccontextmanager
    async def start(world: World, workflows: Workflows = BUILT_IN) -> AsyncIterator[Agent]:
        storage = memory_storage(CLOCK, queue_limit=5, max_review_cycles=2, workflows=workflows)
        async with _at_work(_build(storage, world, workflows)) as agent:
            yield agent

    return start


@asynccontextmanager
async def _at_work(agent: Agent) -> AsyncIterator[Agent]:
    work = asyncio.create_task(agent.runner.work())
    try:
        yield agent
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


def _build(
    storage: Storage, world: World, workflows: Workflows, database: Database | None = None
) -> Agent:
    skills = ChosenSkills(world.model, finder=world.model)
    services = world.for_workflow(skills, storage.journal, CLOCK)
    workflow = build_workflow(services, storage.checkpointer, workflows)
    texts = LiveTexts()
    run = TaskRun(
        workflow,
        storage,
        CLOCK,
        max_review_cycles=2,
        service_wait_seconds=5,
        serves=_always,
        texts=texts,
    )
    runner = Runner(storage, run, 2, world.cancel_calls)
    desk = Desk(storage, runner, workflow, 2, workflows, texts)
    return Agent(storage, runner, workflow, desk, texts, database)
