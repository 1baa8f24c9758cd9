"""A fork goes on from a checkpoint of another task, and leaves that one as it is."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from agent_service.desk.forking import Forks
from agent_service.running.checkpoints import Checkpoint
from agent_service.storage.records import EventType, Submission, TaskRecord, TaskStatus
from core.errors import IdentifierReused, InvalidInput, NotFound, WrongState
from core.ports import ToolResult
from core.state_diff import path_text

from .conftest import Agent, StartAgent, World

REJECTED = {"approved": False, "output": "use a loop", "assertions": ["assert f(2) == 4"]}
CODE = "def f(x):\n    return x + x"


async def finished(agent: Agent, text: str = "double a number") -> TaskRecord:
    task = await agent.storage.queue.submit(Submission(text, str(uuid.uuid4())))
    agent.runner.notify()
    return await agent.ended(task.task_id)


async def history(agent: Agent, task_id: str) -> dict[str, Checkpoint]:
    """Return the newest checkpoint after each role; "" is the one before the first hop."""
    found = await agent.desk.history.page(task_id, 100)
    return {(each.hop or {"role": ""})["role"]: each for each in reversed(found)}


async def prepare(
    agent: Agent,
    checkpoint: Checkpoint,
    edits: Mapping[str, Any] | None = None,
    correlation_id: str = "",
) -> Submission:
    forks = Forks(agent.storage.tasks, agent.workflow, agent.desk.history, 2)
    return await forks.submission(
        checkpoint.task_id,
        checkpoint.checkpoint_id,
        edits or {},
        correlation_id=correlation_id or str(uuid.uuid4()),
        trace_parent="",
    )


async def fork(
    agent: Agent, checkpoint: Checkpoint, edits: Mapping[str, Any] | None = None
) -> TaskRecord:
    task = await agent.storage.queue.submit(await prepare(agent, checkpoint, edits))
    agent.runner.notify()
    return task


async def test_the_history_of_a_task_names_its_hops(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        task = await finished(agent)
        reader = agent.desk.history
        found = await reader.page(task.task_id, 100)
        assert [each.hop and each.hop["index"] for each in found] == [3, 2, 1, 0, None]
        assert [each.next_roles for each in found] == [
            (), ("reviewer",), ("coder",), ("researcher",), ("router",),
        ]  # fmt: skip
        assert [each.number for each in found] == [4, 3, 2, 1, 0]
        parents = [each.checkpoint_id for each in found[1:]]
        assert [each.parent_checkpoint_id for each in found] == [*parents, ""]
        older = await reader.page(task.task_id, 2, before=found[1].checkpoint_id)
        assert older == found[2:4]
        assert await reader.get(task.task_id, found[2].checkpoint_id) == found[2]


async def test_a_diff_says_what_a_hop_did(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        task = await finished(agent)
        at = await history(agent, task.task_id)
        first, second = at["researcher"].checkpoint_id, at["coder"].checkpoint_id
        changes = await agent.desk.history.diff((task.task_id, first), (task.task_id, second))
        assert [path_text(each.path) for each in changes] == ["code", "hops[2]", "messages[2]"]


async def test_a_fork_runs_only_what_follows_and_with_calls_of_its_own(
    start_agent: StartAgent,
) -> None:
    world = World()
    async with start_agent(world) as agent:
        source = await finished(agent)
        messages = (await history(agent, source.task_id))["reviewer"].values["messages"]
        world.calls.ids.clear()
        at = await history(agent, source.task_id)
        task = await fork(agent, at["researcher"], {"text": "double it: f(3) -> 6"})
        assert [hop["role"] for hop in task.progress.hops] == ["router", "researcher"]

        ended = await agent.ended(task.task_id)
        assert ended.status is TaskStatus.COMPLETED
        assert (ended.text, ended.workflow) == ("double it: f(3) -> 6", "code")
        assert [hop["index"] for hop in ended.progress.hops] == [0, 1, 2, 3]
        assert world.calls.ids == [f"{task.task_id}:2:generate", f"{task.task_id}:3:check"]
        assert "assert f(3) == 6" in ended.progress.result

        events = await agent.storage.events.read(task.task_id, 1)
        assert [each.sequence for each in events] == list(range(1, len(events) + 1))
        assert [(each.type, each.hop_index) for each in events] == [
            (EventType.ACCEPTED, 0),
            (EventType.HOP_STARTED, 2),
            (EventType.HOP_COMPLETED, 2),
            (EventType.HOP_STARTED, 3),
            (EventType.HOP_COMPLETED, 3),
            (EventType.COMPLETED, 3),
        ]
        assert events[0].detail == {
            "forked_from": {
                "task_id": source.task_id,
                "checkpoint_id": at["researcher"].checkpoint_id,
                "inherited_hops": 2,
            },
            "edited": ["text"],
        }
        assert await agent.desk.get(source.task_id) == source
        assert (await history(agent, source.task_id))["reviewer"].values["messages"] == messages


async def test_an_accepted_fork_survives_a_crash_before_its_first_checkpoint(
    start_agent: StartAgent,
) -> None:
    world = World()
    async with start_agent(world) as agent:
        source = await finished(agent)
        at = await history(agent, source.task_id)
        world.calls.hold()
        # Nobody tells the runner: the agent dies with the fork accepted and not begun.
        task = await agent.storage.queue.submit(await prepare(agent, at["coder"], {"code": CODE}))
        assert not await agent.desk.history.page(task.task_id, 10)
    world.calls.release()
    world.calls.ids.clear()
    async with start_agent(world) as agent:
        ended = await agent.ended(task.task_id)
        assert ended.status is TaskStatus.COMPLETED
        assert world.calls.ids == [f"{task.task_id}:3:assertions", f"{task.task_id}:3:check"]
        assert (await history(agent, task.task_id))["coder"].values["code"] == CODE


async def test_a_fork_cut_in_its_first_hop_goes_on_from_it(start_agent: StartAgent) -> None:
    world = World()
    async with start_agent(world) as agent:
        source = await finished(agent)
        at = await history(agent, source.task_id)
        world.calls.hold()
        world.calls.ids.clear()
        task = await fork(agent, at["researcher"])
        while not world.calls.ids:
            await asyncio.sleep(0.01)
    world.calls.release()
    async with start_agent(world) as agent:
        ended = await agent.ended(task.task_id)
        assert [hop["attempt"] for hop in ended.progress.hops] == [1, 1, 2, 1]
        events = await agent.storage.events.read(task.task_id, 1)
        [recovered] = [each for each in events if each.type is EventType.RECOVERED]
        assert recovered.hop_index == 2


async def test_a_finished_task_goes_on_with_an_edit_that_leads_somewhere(
    start_agent: StartAgent,
) -> None:
    world = World(results=[ToolResult(False, "AssertionError")] * 2)
    async with start_agent(world) as agent:
        source = await finished(agent)
        assert source.progress.approved is False
        last = (await history(agent, source.task_id))["reviewer"]
        with pytest.raises(WrongState, match="nothing follows"):
            await prepare(agent, last)

        task = await fork(agent, last, {"remaining_loops": 1, "review": REJECTED})
        assert not task.progress.result
        assert task.progress.approved is None
        ended = await agent.ended(task.task_id)
        assert ended.progress.approved is True
        # Six hops were inherited, which is all that one task may take: a fork counts its own.
        assert [hop["index"] for hop in ended.progress.hops] == list(range(8))


async def test_a_fork_may_take_another_route(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        source = await finished(agent)
        at = await history(agent, source.task_id)
        after_router = await fork(agent, at["router"], {"workflow": "answer"})
        from_the_start = await fork(agent, at[""], {"requested_workflow": "direct"})

        ended = await agent.ended(after_router.task_id)
        roles = [hop["role"] for hop in ended.progress.hops]
        assert (ended.workflow, roles) == ("answer", ["router", "researcher", "responder"])
        assert ended.progress.route_reason == "chosen by the client"
        ended = await agent.ended(from_the_start.task_id)
        assert [hop["role"] for hop in ended.progress.hops] == ["router", "responder"]


async def test_a_fork_of_a_fork(start_agent: StartAgent) -> None:
    async with start_agent(World("answer")) as agent:
        source = await finished(agent, "which port?")
        first = await fork(agent, (await history(agent, source.task_id))["router"])
        await agent.ended(first.task_id)
        second = await fork(agent, (await history(agent, first.task_id))["researcher"])
        ended = await agent.ended(second.task_id)
        assert ended.forked_from_task_id == first.task_id
        assert [hop["index"] for hop in ended.progress.hops] == [0, 1, 2]
        values = (await history(agent, second.task_id))["responder"].values
        assert [each["message_id"] for each in values["messages"]] == [
            f"{source.task_id}:0:message",
            f"{first.task_id}:1:message",
            f"{second.task_id}:2:message",
        ]


async def test_the_same_fork_is_the_same_task(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        source = await finished(agent)
        at = await history(agent, source.task_id)
        key = str(uuid.uuid4())
        edits = {"text": "again", "remaining_loops": 1}
        first = await agent.storage.queue.submit(await prepare(agent, at["router"], edits, key))
        reordered = dict(reversed(edits.items()))
        again = await agent.storage.queue.submit(await prepare(agent, at["router"], reordered, key))
        assert again.task_id == first.task_id
        for other in (
            await prepare(agent, at["router"], {"text": "again"}, key),
            await prepare(agent, at["researcher"], edits, key),
            Submission("again", key),
        ):
            with pytest.raises(IdentifierReused):
                await agent.storage.queue.submit(other)


async def test_what_cannot_be_forked_is_refused(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        source, other = await finished(agent), await finished(agent)
        at = await history(agent, source.task_id)
        elsewhere = (await history(agent, other.task_id))["router"]
        reader = agent.desk.history
        with pytest.raises(NotFound):
            await reader.get(source.task_id, elsewhere.checkpoint_id)
        with pytest.raises(NotFound):
            await reader.page(str(uuid.uuid4()), 10)
        with pytest.raises(InvalidInput) as refused:
            await prepare(agent, at["coder"], {"review": {"approved": 1}})
        assert refused.value.field.startswith("edits.review")
        with pytest.raises(WrongState):
            await prepare(agent, at["reviewer"], {"remaining_loops": 2})
