"""A whole workflow on a database file or in memory; fakes play the remote services."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent_service.clock import SystemClock
from agent_service.desk.desk import Desk
from agent_service.running.recovery import recover_tasks
from agent_service.running.runner import Runner
from agent_service.running.task_run import TaskRun
from agent_service.skills.choice import ChosenSkills
from agent_service.storage.memory import memory_storage
from agent_service.storage.ports import Storage
from agent_service.storage.records import TaskRecord
from agent_service.storage.sqlite import storage_in
from agent_service.storage.sqlite.ownership import hold_lock, take_ownership
from agent_service.storage.sqlite.schema import SCHEMA
from benchmarks.instant_services import success
from core.config import WorkflowConfig
from core.graph import Workflow, build_workflow
from core.ports import (
    CallContext,
    ChatMessage,
    EffectAnswer,
    Generation,
    GenerationSettings,
    ModelInfo,
    Passage,
    ToolDescription,
    ToolResult,
)
from core.routing import RouteDecision
from core.services import WorkflowServices
from core.workflows import BUILT_IN, Workflows
from shared.bundled_model import ANSWER_STYLE, Rewording
from shared.sqlite import Database, open_database

CLOCK = SystemClock()


@dataclass
class World:
    """The services around the agent: what they answer, and what they were asked."""

    workflow: str = "code"
    run_results: list[ToolResult] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before_call: Callable[[str], None] = lambda call_id: None
    hold: asyncio.Event | None = None
    answer_style: str = ANSWER_STYLE
    known: Sequence[Rewording] = ()
    reworded: list[str] = field(default_factory=list)

    async def _called(self, context: CallContext) -> None:
        self.calls.append(context.call_id)
        self.before_call(context.call_id)
        if self.hold is not None:
            await self.hold.wait()

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        await self._called(context)
        asks_json = '{"assertions": ["assert f(2) == 4"]}' if settings.json_schema else ""
        return Generation(asks_json or "def f(x):\n    return 2 * x", "stop", 1, 1)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        self.reworded.append(context.call_id)
        return list(self.known)

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        return [1] * len(prompts)

    async def describe(self) -> ModelInfo:
        return ModelInfo("fake", 100, self.answer_style)

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        await self._called(context)
        return [Passage("a.md", 1, 2, "The agent listens on port 7400.", 0.9)]

    async def list_tools(self) -> list[ToolDescription]:
        return []

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        await self._called(context)
        return self.run_results.pop(0) if self.run_results else success(arguments)

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        self.calls.append(f"resolve {call_id} {answer.happened}")

    async def cancel_calls(self, task_id: str) -> None:
        self.calls.append(f"cancel {task_id}")

    async def unavailable_workflows(self) -> Mapping[str, str]:
        return {}


async def _always(role: str) -> bool:
    return True


class FakeRouter:
    """Decides as the world says."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        scores = dict.fromkeys(BUILT_IN.names, 0.1 / 3) | {self._world.workflow: 0.9}
        return RouteDecision(self._world.workflow, 0.9, "direct", scores)


@dataclass
class Agent:
    """One life of an agent; ``database`` holds its storage, unless that is in memory."""

    storage: Storage
    runner: Runner
    workflow: Workflow
    desk: Desk
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
    services = WorkflowServices(
        model=world,
        knowledge=world,
        tools=world,
        router=FakeRouter(world),
        health=world,
        journal=storage.journal,
        clock=CLOCK,
        skills=ChosenSkills(world, finder=world),
        config=WorkflowConfig(),
    )
    workflow = build_workflow(services, storage.checkpointer, workflows)
    run = TaskRun(
        workflow,
        storage,
        CLOCK,
        max_review_cycles=2,
        service_wait_seconds=5,
        serves=_always,
    )
    runner = Runner(storage, run, 2, world.cancel_calls)
    desk = Desk(storage, runner, workflow, 2, workflows)
    return Agent(storage, runner, workflow, desk, database)
