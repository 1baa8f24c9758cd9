"""Tasks of one context: what was asked and answered before goes with the next."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace

import pytest

from agent_service.storage.records import Submission, TaskRecord, TaskStatus
from core.conversation import MOST_CHARACTERS, MOST_EXCHANGES, exchange
from core.ports import ToolDescription
from core.workflows import BUILT_IN
from core.workflows.workflows import Workflows

from .conftest import Agent, StartAgent, World, ask, submit

CODE = "def f(x):\n    return 2 * x"


class Told(World):
    """An instruct model that answers "yes" to everything; code is code."""

    def __init__(self, workflow: str = "direct") -> None:
        super().__init__(workflow, answer_style="")
        if workflow != "code":
            self.model.says = lambda asked: "yes"

    def told(self) -> list[tuple[str, str]]:
        """Return the last prompt."""
        return [(each.role, each.content) for each in self.model.asked[-1].messages]


async def said(agent: Agent, text: str, context: str = "talk", **more: str) -> TaskRecord:
    task_id = await submit(agent, replace(ask(text, **more), context_id=context))
    return await agent.ended(task_id)


async def test_a_task_is_told_what_was_said_before_it(start_in_memory: StartAgent) -> None:
    world = Told()
    async with start_in_memory(world) as agent:
        await said(agent, "one")
        await said(agent, "elsewhere", "other")
        await said(agent, "two")
        await said(agent, "three")
    assert [text for _, text in world.told()[1:]] == ["one", "yes", "two", "yes", "three"]
    assert [role for role, _ in world.told()[1:]] == ["user", "assistant"] * 2 + ["user"]


async def test_tasks_without_a_context_follow_none(start_in_memory: StartAgent) -> None:
    world = Told()
    async with start_in_memory(world) as agent:
        await said(agent, "one", "")
        await said(agent, "two", "")
    assert [text for _, text in world.told()[1:]] == ["two"]


async def test_code_goes_on_as_code(start_in_memory: StartAgent) -> None:
    world = Told("code")
    async with start_in_memory(world) as agent:
        await said(agent, "double a number")
        await said(agent, "now for texts")
    drafts = [each for each in world.model.asked if each.position == "draft-0"]
    contents = [each.content for each in drafts[-1].messages]
    assert contents[-3:-1] == ["double a number", f"```python\n{CODE}\n```"]
    assert contents[-1].startswith("now for texts")


async def test_answers_and_calls_are_told_too(start_in_memory: StartAgent) -> None:
    world = Told("answer")
    tool = ToolDescription("look", "Looks.", {"type": "object"}, idempotent=True)
    world.tools.tools = [*world.tools.tools, replace(world.tools.tools[-1], description=tool)]
    async with start_in_memory(world) as agent:
        await said(agent, "which port?")
        await said(agent, "and the host?")
        assert [text for _, text in world.told()[-3:-1]] == ["which port?", "yes"]
        world.model.says = lambda asked: '{"thought": "so", "answer": "seen"}'
        await said(agent, "look there", route="tool")
    assert ("user", "and the host?") in world.told()


async def test_only_what_has_completed_counts(start_in_memory: StartAgent) -> None:
    world = Told()
    async with start_in_memory(world) as agent:
        world.calls.hold()
        held = await submit(agent, replace(ask("never ends"), context_id="talk"))
        await agent.desk.cancel(held)
        assert (await agent.ended(held)).status == TaskStatus.CANCELLED
        world.calls.release()
        await said(agent, "one")
    assert [text for _, text in world.told()[1:]] == ["one"]


async def test_the_oldest_are_dropped(start_in_memory: StartAgent) -> None:
    world = Told()
    async with start_in_memory(world) as agent:
        for number in range(MOST_EXCHANGES + 3):
            await said(agent, f"say {number}")
    asked = [text for role, text in world.told() if role == "user"]
    assert asked == [f"say {number}" for number in range(2, MOST_EXCHANGES + 3)]


async def test_what_a_context_has_no_room_for_is_left_out_oldest_first(
    start_in_memory: StartAgent,
) -> None:
    world = Told()
    world.model.context_tokens = 1_000
    async with start_in_memory(world) as agent:
        for letter in "abcde":
            await said(agent, letter * 150)
    asked = [text[0] for role, text in world.told() if role == "user"]
    assert asked[-1] == "e"
    assert 1 < len(asked) < 5
    assert asked == sorted(asked)


async def test_the_bundled_model_is_told_nothing(start_in_memory: StartAgent) -> None:
    world = World("direct")
    async with start_in_memory(world) as agent:
        await said(agent, "hello")
        await said(agent, "how are you?")
    assert [each.content for each in world.model.asked[-1].messages][1:] == ["how are you?"]


@pytest.mark.parametrize(("confidence", "taken"), [(0.2, "code"), (0.9, "tool")])
async def test_a_request_in_doubt_goes_on_as_before(
    start_in_memory: StartAgent, confidence: float, taken: str
) -> None:
    world = Told("code")
    async with start_in_memory(world) as agent:
        await said(agent, "double a number")
        world.router.workflow, world.router.confidence = "tool", confidence
        assert (await said(agent, "now for texts")).workflow == taken


async def test_a_workflow_that_is_gone_is_gone_on_with_by_none(
    start_agent: StartAgent,
) -> None:
    async with start_agent(Told("code")) as agent:
        await said(agent, "double a number")
    world = Told("direct")
    world.router.confidence = 0.2
    without_code = Workflows([each for each in BUILT_IN if each.name != "code"])
    async with start_agent(world, without_code) as agent:
        assert (await said(agent, "now for texts")).workflow == "direct"


async def test_what_was_said_stays_the_same_after_a_crash(start_agent: StartAgent) -> None:
    world = Told()
    async with start_agent(world) as agent:
        await said(agent, "one")
        world.calls.hold()
        second = Submission("two", str(uuid.uuid4()), context_id="talk")
        task_id = await submit(agent, second)
        while not world.model.calls.waiting:
            await asyncio.sleep(0.01)
    world.calls.release()
    world.model.forget()
    async with start_agent(world) as agent:
        await agent.ended(task_id)
    assert [text for _, text in world.told()[1:]] == ["one", "yes", "two"]


def test_a_long_exchange_is_cut_with_a_note() -> None:
    kept = exchange("a" * (MOST_CHARACTERS + 5), "b", "direct")
    assert kept["text"].endswith("a\n... (5 characters left out)")
    assert kept["answer"] == "b"
