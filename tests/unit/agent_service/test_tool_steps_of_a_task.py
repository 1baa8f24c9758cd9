"""A tool task of an instruct model: a call a hop, each decided once, until it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent_service.storage.records import TaskRecord, TaskStatus
from core.ports import ToolDescription, ToolResult
from shared.testing import Asked, FakeTool

from .conftest import StartAgent, World, ask, roles, submit

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
READ = ToolDescription("read", "Reads a file.", SCHEMA, idempotent=True)
APPEND = ToolDescription("append", "Adds to a file.", SCHEMA, idempotent=False)


def call(tool: str, path: str) -> dict[str, Any]:
    return {"thought": f"I {tool} {path}.", "tool": tool, "arguments": {"path": path}}


def answer(text: str) -> dict[str, Any]:
    return {"thought": "That is all.", "answer": text}


class Steps(World):
    """A model that takes steps, the last one for ever, and two tools; ``b`` is missing."""

    def __init__(self, *steps: dict[str, Any]) -> None:
        super().__init__("tool", answer_style="")
        self._steps = list(steps)
        self.done: list[tuple[str, str]] = []
        self.model.says = self._next_step
        self.tools.tools = [FakeTool(READ, self._read), FakeTool(APPEND, self._append)]

    def _next_step(self, asked: Asked) -> str:
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        return json.dumps(step if "answer" in step or _may_call(asked) else answer("I gave up."))

    async def _read(self, arguments: Mapping[str, Any]) -> ToolResult:
        self.done.append(("read", arguments["path"]))
        return ToolResult(arguments["path"] != "b", f"content of {arguments['path']}")

    async def _append(self, arguments: Mapping[str, Any]) -> ToolResult:
        self.done.append(("append", arguments["path"]))
        return ToolResult(True, "added")


def _may_call(asked: Asked) -> bool:
    return any("tool" in each["properties"] for each in asked.schema["anyOf"])


async def ended(start_agent: StartAgent, world: World) -> TaskRecord:
    async with start_agent(world) as agent:
        return await agent.ended(await submit(agent, ask("read a and add to c", "tool")))


async def test_each_call_is_a_hop_and_the_answer_the_result(start_agent: StartAgent) -> None:
    world = Steps(call("read", "a"), call("read", "b"), call("append", "c"), answer("c has it."))
    task = await ended(start_agent, world)
    assert task.progress.result == "c has it."
    assert [role for role, _ in roles(task.progress)] == [
        "router",
        *["operator"] * 4,
        "responder",
    ]
    assert world.done == [("read", "a"), ("read", "b"), ("append", "c")]
    [*_, last] = world.model.asked
    told = "\n".join(message.content for message in last.messages[-6:])
    assert "content of a\nChanged so far: nothing" in told
    assert "failed: content of b\nChanged so far: nothing" in told
    assert "added\nChanged so far: append(c)" in told


async def test_the_first_step_is_a_call(start_agent: StartAgent) -> None:
    world = Steps(call("read", "a"), answer("done"))
    await ended(start_agent, world)
    first, second = [asked.schema["anyOf"] for asked in world.model.asked]
    assert ["answer" in each["properties"] for each in first] == [False, False]
    assert ["answer" in each["properties"] for each in second] == [False, False, True]


async def test_a_model_that_turns_in_circles_has_to_answer(start_agent: StartAgent) -> None:
    world = Steps(call("read", "b"))
    task = await ended(start_agent, world)
    assert world.done == [("read", "b")]
    assert task.status is TaskStatus.COMPLETED
    assert task.progress.result == (
        'I gave up.\n\n(No tool call succeeded. The last one: read({"path": "b"}) '
        "The same call was made before and brought:\ncontent of b)"
    )


async def test_calls_are_bounded_and_the_person_is_told(start_agent: StartAgent) -> None:
    world = Steps(call("append", "c"))
    task = await ended(start_agent, world)
    assert world.done == [("append", "c")] * 8
    assert task.progress.result == (
        "Stopped after 8 tool calls. Changed: append(c) 8 times.\nThe model's last word: I gave up."
    )


async def test_a_step_that_was_cut_short_tells_what_was_done(start_agent: StartAgent) -> None:
    world = Steps(call("append", "c"), answer("never said"))
    say = world.model.says

    def cut_at_second(asked: Asked) -> str:
        world.model.cut_short = bool(world.done)
        return say(asked)

    world.model.says = cut_at_second
    task = await ended(start_agent, world)
    assert task.progress.result == (
        "Not finished: the model's next step was cut short. "
        'The last of 1 calls was append({"path": "c"}): added'
    )


@pytest.mark.parametrize("cut", [":1:call", ":2:call", ":3:choose"])
async def test_a_task_that_is_cut_anywhere_makes_every_call_once(
    start_agent: StartAgent, cut: str
) -> None:
    world = Steps(call("append", "c"), call("append", "d"), answer("Both are done."))
    reached = asyncio.Event()

    def before(call_id: str) -> None:
        if call_id.endswith(cut) and not reached.is_set():
            world.calls.hold()
            reached.set()

    world.calls.before = before
    async with start_agent(world) as agent:
        task_id = await submit(agent, ask("add to c and d", "tool"))
        async with asyncio.timeout(20):
            await reached.wait()
    world.calls.release()
    async with start_agent(world) as agent:
        task = await agent.ended(task_id)
    assert task.progress.result == "Both are done."
    assert world.done == [("append", "c"), ("append", "d")]
