"""Tasks that take every workflow and meet everything that can happen to one."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_service.storage.records import Submission, TaskEvent, TaskRecord
from core.errors import OutcomeUnknown, PermissionDenied, Unavailable
from core.ports import EffectAnswer, Passage, ToolDescription, ToolResult
from shared.testing import DEFAULT, Asked, FakeTool
from shared.testing.calls import let_pass
from shared.testing.model import Says

from .conftest import Agent, StartAgent, World

ARGUMENTS = {"zone": "Rome", "digits": [], "of": {"a": [None, 1.5, True]}}
DATA = {"hour": 12, "none": None, "list": [], "object": {}}


CLOCK = ToolDescription("clock", "Tells the time.", {"type": "object"}, True)
STEPS = [
    {"thought": "I look.", "tool": "clock", "arguments": ARGUMENTS},
    {"thought": "That is all.", "answer": "It is noon."},
]


class Busy(World):
    """A model with a small context, more passages than fit, and a tool."""

    def __init__(self) -> None:
        super().__init__(answer_style="")
        say, self._steps = self.model.says, list(STEPS)
        self.model.says = lambda asked: self._next_step(asked, say)
        self.model.context_tokens, self.model.letters_a_token = 1600, 4
        known = self.knowledge.collections[DEFAULT]
        known += [Passage("b.md", n, n + 4, "word " * 600, 0.8) for n in range(1, 8)]
        self.tools.tools = [*self.tools.tools, FakeTool(CLOCK, self._tell)]

    async def _tell(self, arguments: Mapping[str, Any]) -> ToolResult:
        return ToolResult(True, "noon", DATA)

    def _next_step(self, asked: Asked, say: Says) -> str:
        if asked.position != "choose":
            return say(asked)
        return json.dumps(self._steps.pop(0))

    def fail_once(self, error: Exception, part: str) -> None:
        """Let the next call fail whose id holds ``part``."""
        self.calls.before = _failing_once(error, part)


def _failing_once(error: Exception, part: str) -> Callable[[str], None]:
    errors = [error]

    def before_call(call_id: str) -> None:
        if part in call_id and errors:
            raise errors.pop()

    return before_call


@dataclass
class Happened:
    """What is stored of it all."""

    events: list[TaskEvent]
    messages: list[Mapping[str, Any]]


async def all_that_happens(start_agent: StartAgent) -> Happened:
    """Let it all happen over two lives of an agent, and return what it stored."""
    world = Busy()
    async with start_agent(world) as agent:
        for workflow in ("answer", "tool", "direct", ""):
            await _ended(agent, workflow)
        world.tools.results = [ToolResult(False, "AssertionError: f(2) == 4")]
        await _forked(agent, await _ended(agent, "code"))
        await _go_wrong(agent, world)
        world.calls.before = let_pass
        world.calls.hold()
        asked = len(world.calls.ids)
        task = await _submitted(agent, "direct")
        while len(world.calls.ids) == asked:
            await asyncio.sleep(0.01)
    world.calls.release()
    async with start_agent(world) as agent:
        await agent.ended(task.task_id)
        return await _stored(agent)


async def _go_wrong(agent: Agent, world: Busy) -> None:
    """Let a service be away, a task fail, and tasks ask what only a person knows."""
    world.fail_once(Unavailable("the llm is down"), ":generate")
    await _ended(agent, "direct")
    world.fail_once(PermissionDenied("the server refuses the key"), ":generate")
    failed = await _ended(agent, "direct")
    await agent.storage.lives.retry(failed.task_id)
    agent.runner.notify()
    await agent.ended(failed.task_id)
    answered, cancelled = [await _asks(agent, world) for _ in range(2)]
    await agent.storage.lives.respond(answered.task_id, EffectAnswer(True, "as seen"))
    agent.runner.notify()
    await agent.ended(answered.task_id)
    await agent.runner.cancel(cancelled.task_id)


async def _asks(agent: Agent, world: Busy) -> TaskRecord:
    world.tools.results = [OutcomeUnknown("a crash cut check_python.")]
    return await _ended(agent, "code")


async def _forked(agent: Agent, source: TaskRecord) -> None:
    pages = await agent.desk.history.page(source.task_id, 10)
    [researched] = [each for each in pages if each.last_role == "researcher"]
    fork = await agent.desk.fork(
        source.task_id,
        researched.checkpoint_id,
        {"text": "double", "passages": []},
        correlation_id=str(uuid.uuid4()),
        trace_parent="",
    )
    agent.runner.notify()
    await agent.ended(fork.task_id)


async def _submitted(agent: Agent, workflow: str) -> TaskRecord:
    submission = Submission("a function that doubles", str(uuid.uuid4()), workflow=workflow)
    task = await agent.storage.queue.submit(submission)
    agent.runner.notify()
    return task


async def _ended(agent: Agent, workflow: str) -> TaskRecord:
    return await agent.ended((await _submitted(agent, workflow)).task_id)


async def _stored(agent: Agent) -> Happened:
    happened = Happened([], [])
    while found := await agent.storage.events.read_all(
        happened.events[-1].position + 1 if happened.events else 1
    ):
        happened.events += found
    for task_id in {event.task_id for event in happened.events}:
        happened.messages += await agent.desk.messages(task_id)
    return happened
