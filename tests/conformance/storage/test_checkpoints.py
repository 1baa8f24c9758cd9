"""The checkpointer: what LangGraph asks of it, and what a checkpoint causes, both or neither."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import BASE_CAPABILITIES

from agent_service.storage.live_events import ALL_TASKS
from agent_service.storage.ports import Storage
from agent_service.storage.records import EventType, TaskStatus
from core.errors import DataLoss, NotFound, WrongState
from core.hops import Hop, HopOutcome, Outgoing
from core.ports import StartedHop
from core.roles.spec import RoleSpec
from core.state import TaskState
from core.workflows import BUILT_IN, Workflows
from core.workflows.spec import WorkflowSpec

from .implementations import Open, SetClock
from .moves import (
    ENDS,
    checkpoint_of,
    events_of,
    queued,
    running,
    save,
    saved_hops,
    state_after,
    thread_of,
    types_of,
)


async def test_langgraphs_own_suite_passes(open_storage: Open) -> None:
    @checkpointer_test(name="storage")
    async def fresh_checkpointer() -> AsyncIterator[BaseCheckpointSaver[Any]]:
        async with open_storage(queue_limit=5, max_review_cycles=2) as storage:
            yield storage.checkpointer

    wanted = {capability.value for capability in BASE_CAPABILITIES}
    report = await validate(fresh_checkpointer, capabilities=wanted)
    failures = {name: found.failures for name, found in report.results.items()}
    assert not any(failures.values()), failures
    assert {name for name, found in report.results.items() if found.passed} == wanted


async def test_a_hop_that_is_saved_is_seen_with_its_event(
    storage: Storage, clock: SetClock
) -> None:
    task = await running(storage, text="what?")
    clock.move(1)
    with storage.events.watch(task.task_id) as live:
        await save(storage, task.task_id, state_after("router", "coder", remaining_loops=1))
        seen = live.take(2)
    kept = await storage.tasks.get(task.task_id)
    assert (kept.status, kept.workflow, kept.remaining_loops) == (TaskStatus.RUNNING, "code", 1)
    assert [hop["role"] for hop in kept.progress.hops] == ["router", "coder"]
    assert (kept.progress.code, kept.updated_at) == ("def f(x):\n    return 2 * x", clock.now_iso())
    [event] = (await events_of(storage, task.task_id))[1:]
    assert seen == [event]
    assert (event.type, event.hop_index, event.role) == (EventType.HOP_COMPLETED, 1, "coder")
    assert (event.attempt, event.remaining_loops, event.at) == (1, 1, clock.now_iso())
    assert event.detail == {"code": kept.progress.code}


async def test_the_routers_hop_tells_of_the_route_too(storage: Storage) -> None:
    task = await running(storage)
    await save(storage, task.task_id, state_after("router"))
    routed, completed = (await events_of(storage, task.task_id))[1:]
    assert (routed.type, completed.type) == (EventType.ROUTED, EventType.HOP_COMPLETED)
    assert routed.detail == {
        "workflow": "code",
        "confidence": 0.9,
        "reason": "confidence 0.90",
        "scores": {"code": 0.9, "direct": 0.1},
    }
    assert (await storage.tasks.get(task.task_id)).progress.route_scores == routed.detail["scores"]


async def test_what_the_model_did_not_see_is_told(storage: Storage) -> None:
    task = await running(storage)
    values = state_after("router", "coder")
    left_out = [{"kind": "passage", "total": 3, "shown": 2, "in_part": 0}]
    values["messages"][-1]["left_out"] = left_out
    await save(storage, task.task_id, values)
    event = (await events_of(storage, task.task_id))[-1]
    assert event.detail == {"code": values["code"], "left_out": left_out}


async def test_roles_of_given_workflows_say_what_is_seen(open_storage: Open) -> None:
    async def act(state: TaskState, hop: Hop) -> HopOutcome:
        return HopOutcome({}, Outgoing("poem", {}))

    poet = RoleSpec(name="poet", act=act, seen=lambda values: {"lines": values["lines"]})
    haiku = WorkflowSpec(name="haiku", version=1, description="", roles=(poet,))
    workflows = Workflows((*BUILT_IN, haiku))
    async with open_storage(queue_limit=5, max_review_cycles=2, workflows=workflows) as storage:
        task = await running(storage)
        await save(storage, task.task_id, state_after("poet", lines=3))
        assert (await events_of(storage, task.task_id))[-1].detail == {"lines": 3}
        await save(storage, task.task_id, state_after("poet", "nobody", lines=3))
        assert (await events_of(storage, task.task_id))[-1].detail == {}


@pytest.mark.parametrize(
    ("values", "changed"),
    [
        ({"text": "hello", "remaining_loops": 2}, None),
        (state_after("router", "coder"), ["text"]),
        (state_after("router", "coder", inherited_hops=2), None),
    ],
    ids=["before the first hop", "no hop is new", "the first one of a fork"],
)
async def test_a_checkpoint_that_completes_no_hop_causes_nothing(
    storage: Storage, values: dict[str, Any], changed: list[str] | None
) -> None:
    task = await queued(storage)  # so that a hop would be refused
    await save(storage, task.task_id, {**values, "text": "hello"}, changed)
    assert await storage.tasks.get(task.task_id) == task
    assert await types_of(storage, task.task_id) == [EventType.ACCEPTED]
    assert await storage.checkpointer.aget_tuple(thread_of(task.task_id)) is not None


async def test_a_fork_counts_its_own_hops(storage: Storage) -> None:
    task = await running(storage)
    await save(storage, task.task_id, state_after("router", "coder", inherited_hops=1))
    assert (await types_of(storage, task.task_id))[1:] == [EventType.HOP_COMPLETED]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.status.value)
async def test_the_hop_of_a_task_that_ended_meanwhile_leaves_nothing(
    storage: Storage, end: Any
) -> None:
    task = await running(storage)
    await save(storage, task.task_id, state_after("router"))
    before = await storage.lives.end(task.task_id, end)
    events = await events_of(storage, task.task_id)
    with storage.events.watch(ALL_TASKS) as live:
        with pytest.raises(WrongState, match="is not running"):
            await save(storage, task.task_id, state_after("router", "coder"))
        assert live.take(events[-1].position + 1) == []
    assert await storage.tasks.get(task.task_id) == before
    assert await events_of(storage, task.task_id) == events
    assert await saved_hops(storage, task.task_id) == 1
    assert len([each async for each in storage.checkpointer.alist(thread_of(task.task_id))]) == 1


async def test_the_hop_of_nobodys_task_leaves_nothing(storage: Storage) -> None:
    with pytest.raises(NotFound):
        await save(storage, "nobody", state_after("router"))
    assert await saved_hops(storage, "nobody") == -1


async def test_a_checkpoint_that_cannot_be_kept_causes_nothing(storage: Storage) -> None:
    task = await running(storage)
    with pytest.raises(ValueError, match="JSON"):
        await save(storage, task.task_id, state_after("router", route_confidence=float("nan")))
    with pytest.raises(TypeError):
        await save(storage, task.task_id, state_after("router", note={1, "two", object()}))
    assert await storage.tasks.get(task.task_id) == task
    assert await types_of(storage, task.task_id) == [EventType.ACCEPTED]
    assert await saved_hops(storage, task.task_id) == -1


async def test_a_type_that_was_not_allowed_is_not_read_back(storage: Storage) -> None:
    task = await queued(storage)
    written = checkpoint_of({"text": StartedHop(1, "")})
    await storage.checkpointer.aput(
        thread_of(task.task_id), written, {}, written["channel_versions"]
    )
    with pytest.raises(DataLoss, match="StartedHop"):
        await storage.checkpointer.aget_tuple(thread_of(task.task_id))


async def test_the_newest_checkpoint_is_the_one_that_was_saved_last(storage: Storage) -> None:
    """Ids follow the wall clock: after it was set back, the newest id is not the newest one."""
    task_id = (await queued(storage)).task_id
    ids, saver = ["3", "1", "2"], storage.checkpointer
    for number, checkpoint_id in enumerate(ids):
        made = {**checkpoint_of({"text": str(number)}), "id": checkpoint_id}
        await saver.aput(thread_of(task_id), made, {"step": number}, made["channel_versions"])
    newest = await saver.aget_tuple(thread_of(task_id))
    assert newest is not None and newest.checkpoint["channel_values"] == {"text": "2"}

    async def listed(**wanted: Any) -> list[str]:
        found = saver.alist(thread_of(task_id), **wanted)
        return [each.config["configurable"]["checkpoint_id"] async for each in found]

    assert await listed() == ["2", "1", "3"]
    assert await listed(limit=2) == ["2", "1"]
    assert await listed(limit=0) == []
    assert await listed(before=thread_of(task_id, "1")) == ["3"]
    assert await listed(before=thread_of(task_id, "gone")) == []
    assert await listed(filter={"step": 1}) == ["1"]
    named = await saver.aget_tuple(thread_of(task_id, "3"))
    assert named is not None and named.checkpoint["channel_values"] == {"text": "0"}
    assert await saver.aget_tuple(thread_of(task_id, "gone")) is None


async def test_a_state_that_goes_on_changing_is_kept_as_it_was(storage: Storage) -> None:
    task = await running(storage)
    values = state_after("router")
    await save(storage, task.task_id, values)
    values["hops"].append({"index": 1, "role": "coder", "attempt": 1})
    assert await saved_hops(storage, task.task_id) == 1


async def test_a_released_task_is_read_and_goes_on(storage: Storage) -> None:
    task = await running(storage)
    first = await save(storage, task.task_id, state_after("router"))
    storage.release(task.task_id)
    assert await saved_hops(storage, task.task_id) == 1
    await save(storage, task.task_id, state_after("router", "coder"), after=first)
    storage.release("nobody")
    assert await saved_hops(storage, task.task_id) == 2
