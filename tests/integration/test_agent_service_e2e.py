"""One task of every kind from its submission to its end, through the stack that is up.

``make up && pytest tests/integration/test_agent_service_e2e.py`` asks the stack of MESH_HOME; where
none is up, the tests start one of their own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import grpc
import pytest

from core.errors import IdentifierReused, StartupError
from shared.clients import AgentClient, KnowledgeClient, is_serving, open_channel
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.settings import CommonSettings, load_settings
from tests.integration.mesh import Mesh

ENDED = {pb.EVENT_TYPE_COMPLETED, pb.EVENT_TYPE_FAILED, pb.EVENT_TYPE_CANCELLED}


class Stack:
    """A stack that is up."""

    def __init__(self, settings: CommonSettings) -> None:
        """Find it by its settings."""
        self._settings = settings

    def channel(self, service: str) -> AbstractAsyncContextManager[grpc.aio.Channel]:
        """Open a channel to a service."""
        return open_channel(self._settings.address_of(service), self._settings)

    async def serves(self) -> bool:
        """Say whether the agent answers."""
        try:
            async with self.channel("agent") as channel:
                return await is_serving(channel)
        except StartupError:  # there is no token: it was never up
            return False

    async def run(self, text: str, route: str) -> tuple[pb.Task, list[pb.TaskEvent]]:
        """Submit a task and watch it to its end."""
        request = pb.SubmitTaskRequest(text=text, correlation_id=str(uuid.uuid4()), workflow=route)
        async with self.channel("agent") as channel:
            agent = AgentClient(channel)
            submitted = await agent.submit(request)
            events = [
                response.event
                async for response in agent.watch(submitted.task_id)
                if response.HasField("event")
            ]
            return await agent.get(submitted.task_id), events


@pytest.fixture
async def stack(module_mesh: Mesh) -> AsyncIterator[Stack]:
    """The stack of MESH_HOME if it is up, else one of the tests' own."""
    found = Stack(load_settings(CommonSettings))
    if not await found.serves():
        if not module_mesh.started:
            await module_mesh.start()
        found = Stack(module_mesh.settings)
    yield found


def check(task: pb.Task, events: list[pb.TaskEvent], roles: list[str]) -> None:
    """Hold a task to its contract: completed, every hop once and in order, events gapless."""
    assert task.status == pb.TASK_STATUS_COMPLETED, task
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    completed = [event for event in events if event.type == pb.EVENT_TYPE_HOP_COMPLETED]
    assert [event.role for event in completed] == roles
    assert [event.hop_index for event in completed] == list(range(len(roles)))
    assert [event.type in ENDED for event in events] == [False] * (len(events) - 1) + [True]


async def until_end_of(
    task_id: str, events: AsyncIterator[pb.TaskEvent]
) -> AsyncIterator[pb.TaskEvent]:
    """Yield events up to the end of a task."""
    async for event in events:
        yield event
        if event.task_id == task_id and event.type in ENDED:
            return


async def test_code_is_written_and_reviewed(stack: Stack) -> None:
    task, events = await stack.run("write a function that doubles a number", "code")
    check(task, events, ["router", "researcher", "coder", "reviewer"])
    assert task.approved
    assert "def " in task.code


async def test_a_question_is_answered_from_what_was_ingested(stack: Stack) -> None:
    name = f"e2e-{uuid.uuid4()}.md"
    async with stack.channel("chroma") as channel:
        knowledge = KnowledgeClient(channel)
        await knowledge.ingest(name, b"# Tides\n\nThe lighthouse of Vardal has 212 steps.\n")
        try:
            question = "How many steps has the lighthouse of Vardal?"
            task, events = await stack.run(question, "answer")
        finally:
            await knowledge.delete_source(name)
    check(task, events, ["router", "researcher", "responder"])
    assert "212" in task.result
    assert name in {source.source for source in task.sources}


async def test_a_tool_is_called(stack: Stack) -> None:
    task, events = await stack.run("what is 12 * 7?", "tool")
    check(task, events, ["router", "operator", "responder"])
    assert "84" in task.result


async def test_the_router_decides_when_nobody_else_does(stack: Stack) -> None:
    task, events = await stack.run("hello there", "")
    assert task.status == pb.TASK_STATUS_COMPLETED
    assert task.workflow != ""
    assert pb.EVENT_TYPE_ROUTED in {event.type for event in events}


async def test_whoever_watches_all_tasks_sees_each(stack: Stack) -> None:
    first, _ = await stack.run("what is 2 + 3?", "tool")
    second, events = await stack.run("what is 4 + 5?", "tool")
    async with stack.channel("agent") as channel, asyncio.timeout(20):
        watched = AgentClient(channel).watch_all(1)
        seen = [event async for event in until_end_of(second.task_id, watched)]
    positions = [event.position for event in seen]
    assert positions == sorted(set(positions))
    assert first.task_id in {event.task_id for event in seen}
    assert [event for event in seen if event.task_id == second.task_id] == events


async def test_the_same_submission_is_the_same_task(stack: Stack) -> None:
    correlation_id = str(uuid.uuid4())
    async with stack.channel("agent") as channel:
        agent = AgentClient(channel)
        request = pb.SubmitTaskRequest(text="hello", correlation_id=correlation_id)
        first, second = await agent.submit(request), await agent.submit(request)
        assert first.task_id == second.task_id
        with pytest.raises(IdentifierReused):
            await agent.submit(pb.SubmitTaskRequest(text="other", correlation_id=correlation_id))
