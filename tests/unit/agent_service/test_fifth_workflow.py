"""A fifth workflow with a role of its own: a declaration, and all else follows from it."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from agent_service.fronts.grpc.agent_servicer import AgentServicer
from agent_service.fronts.grpc.protobuf import event_to_proto
from agent_service.registry.service_registry import Health, ServiceEntry, ServiceRegistry
from agent_service.router.prompt import decision_schema, router_prompt
from agent_service.storage.records import TaskStatus
from core.config import WorkflowConfig
from core.errors import InvalidInput
from core.hops import Hop, HopOutcome, Outgoing
from core.roles.researcher import RESEARCHER
from core.roles.spec import TEXT, Need, RoleSpec
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

from .conftest import Agent, StartAgent, World

HAIKU = "old pond / a frog leaps in / water's sound"


async def recite(state: TaskState, hop: Hop) -> HopOutcome:
    """Say the one haiku that it knows."""
    verse = state.get("verse", HAIKU)
    update: Any = {"verse": verse, "result": verse}  # a channel of its own beside a common one
    return HopOutcome(update, Outgoing("poem", {"lines": 3}))


POET = RoleSpec(
    name="poet",
    act=recite,
    needs={"printer": Need(("print",))},
    channels={"verse": TEXT},
    # What is said of what was left out is the frame's.
    seen=lambda values: {"lines": values["verse"].count("/") + 1, "left_out": "a frog"},
)
FIFTH = WorkflowSpec(
    name="haiku", version=1, description="asks for a haiku", roles=(RESEARCHER, POET)
)
FIVE = Workflows((*BUILT_IN, FIFTH))
CONTEXT: Any = SimpleNamespace(set_trailing_metadata=lambda metadata: None)


async def submitted(agent: Agent, **request: str) -> pb.Task:
    """Submit a task over the front, and return it once it has ended."""
    front = AgentServicer(agent.desk)
    wanted = pb.SubmitTaskRequest(text="a haiku", correlation_id=str(uuid.uuid4()), **request)
    task = (await front.SubmitTask(wanted, CONTEXT)).task
    agent.runner.notify()
    await agent.ended(task.task_id)
    return (await front.GetTask(pb.GetTaskRequest(task_id=task.task_id), CONTEXT)).task


@pytest.mark.parametrize("named", ["haiku", ""])
async def test_a_task_takes_it_by_name_and_by_route(
    start_in_memory: StartAgent, named: str
) -> None:
    async with start_in_memory(World("haiku"), FIVE) as agent:
        task = await submitted(agent, workflow=named)
        assert (task.status, task.result) == (pb.TASK_STATUS_COMPLETED, HAIKU)
        assert [hop.role for hop in task.hops] == ["router", "researcher", "poet"]
        assert task.workflow == "haiku"
        front = AgentServicer(agent.desk)
        listed = await front.ListTasks(pb.ListTasksRequest(workflow="haiku"), CONTEXT)
        assert [each.task_id for each in listed.tasks] == [task.task_id]
        wanted = pb.ListMessagesRequest(task_id=task.task_id)
        last = (await front.ListMessages(wanted, CONTEXT)).messages[-1]
        assert (last.sender, last.recipient, last.type) == ("poet", "", "poem")
        assert dict(last.custom) == {"lines": 3}
        events = await agent.storage.events.read(task.task_id, 1)
        done = event_to_proto([each for each in events if each.role == "poet"][-1])
        assert dict(done.hop_completed.custom) == {"lines": 3}


async def test_without_it_nobody_may_name_it(start_in_memory: StartAgent) -> None:
    async with start_in_memory(World()) as agent:
        with pytest.raises(InvalidInput, match="answer, code, tool, direct") as refused:
            await submitted(agent, workflow="haiku")
        assert refused.value.field == "workflow"


async def test_a_fork_may_go_over_to_it_where_the_roles_are_shared(
    start_in_memory: StartAgent,
) -> None:
    async with start_in_memory(World("answer"), FIVE) as agent:
        task = await submitted(agent)
        pages = await agent.desk.history.page(task.task_id, 10)
        [researched] = [each for each in pages if each.last_role == "researcher"]
        fork = await agent.desk.fork(
            task.task_id,
            researched.checkpoint_id,
            {"workflow": "haiku"},
            correlation_id=str(uuid.uuid4()),
            trace_parent="",
        )
        agent.runner.notify()
        ended = await agent.ended(fork.task_id)
        assert (ended.status, ended.progress.result) == (TaskStatus.COMPLETED, HAIKU)
        with pytest.raises(InvalidInput, match="has no researcher"):
            await agent.desk.fork(
                task.task_id,
                researched.checkpoint_id,
                {"workflow": "tool"},
                correlation_id=str(uuid.uuid4()),
                trace_parent="",
            )


async def test_a_fork_may_edit_what_its_role_writes(start_in_memory: StartAgent) -> None:
    async with start_in_memory(World("haiku"), FIVE) as agent:
        task = await submitted(agent)
        [researched] = [
            each
            for each in await agent.desk.history.page(task.task_id, 10)
            if each.last_role == "researcher"
        ]

        async def forked(verse: Any) -> str:
            fork = await agent.desk.fork(
                task.task_id,
                researched.checkpoint_id,
                {"verse": verse},
                correlation_id=str(uuid.uuid4()),
                trace_parent="",
            )
            agent.runner.notify()
            return (await agent.ended(fork.task_id)).progress.result

        assert await forked("one / line") == "one / line"
        with pytest.raises(InvalidInput) as refused:
            await forked(4)
        assert refused.value.field == "edits.verse"


async def test_it_is_closed_without_what_its_roles_need() -> None:
    registry = ServiceRegistry(lambda: 0.0, lambda: 0.0, FIVE)
    registry.heartbeat(ServiceEntry("printer", "i", "a:1", (), "", 1, 1, Health.SERVING, 1))
    closed = await registry.unavailable_workflows()
    assert closed == {"haiku": "printer lacks the capability print"}


def test_routers_are_told_of_it_and_its_hops_are_bounded() -> None:
    assert '- "haiku": asks for a haiku' in router_prompt("x", FIVE)[0].content
    assert '"haiku"' in decision_schema(FIVE.names)
    assert FIFTH.max_hops(WorkflowConfig()) == 3


def test_names_are_told_apart() -> None:
    with pytest.raises(ValueError, match="two workflows have one name"):
        Workflows((FIFTH, FIFTH))
    other = RoleSpec(name="poet", act=recite)
    another = WorkflowSpec(name="ode", version=1, description="", roles=(other,))
    with pytest.raises(ValueError, match="two roles have the name poet"):
        Workflows((FIFTH, another))
