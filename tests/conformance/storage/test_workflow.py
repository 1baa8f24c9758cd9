"""A whole workflow on the storage: LangGraph, the journal and the events play together."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from agent_service.running.checkpoints import thread_config
from agent_service.skills.choice import ChosenSkills
from agent_service.storage.ports import Storage
from agent_service.storage.records import EventType, TaskRecord
from core.errors import WrongState
from core.graph import Workflow, build_workflow
from core.state import initial_state
from shared.bundled_model import ANSWER_STYLE
from shared.testing import Asked, FakeModel, FakeRouter, FakeServices

from .implementations import SetClock
from .moves import CANCELLED, COMPLETED, events_of, running

CODE_HOPS = ["router", "researcher", "coder", "reviewer"]


def _say(asked: Asked) -> str:
    """Write code, or an assertion for it."""
    if asked.schema:
        return '{"assertions": ["assert f(2) == 4"]}'
    return "def f(x):\n    return 2 * x"


def _hold_model(world: FakeServices, call_id: str) -> None:
    if ":generate" in call_id:
        world.calls.hold()


async def run_plain(workflow: Workflow, text: str, task_id: str) -> None:
    """Run a task to its end, with a checkpoint durable after each hop."""
    start = initial_state(
        task_id=task_id,
        correlation_id=task_id,
        text=text,
        requested_workflow="",
        max_review_cycles=2,
    )
    config = thread_config(task_id)
    async for _ in workflow.astream(start, config, stream_mode="updates", durability="sync"):
        pass


def workflow_on(storage: Storage, clock: SetClock, *, hold: bool = False) -> Workflow:
    """Return the workflow; with ``hold`` no model ever answers."""
    world = FakeServices(
        model=FakeModel(says=_say, answer_style=ANSWER_STYLE), router=FakeRouter(workflow="code")
    )
    if hold:
        world.calls.before = lambda call_id: _hold_model(world, call_id)
    skills = ChosenSkills(world.model, finder=world.model)
    services = world.for_workflow(skills, storage.journal, clock)
    return build_workflow(services, storage.checkpointer)


async def held_in_the_coders_hop(storage: Storage, workflow: Workflow, task: TaskRecord) -> None:
    """Run a task until its coder waits for the model, and cut it there."""
    run = asyncio.create_task(run_plain(workflow, task.text, task.task_id))
    async with asyncio.timeout(10):
        while (await events_of(storage, task.task_id))[-1].role != "coder":
            await asyncio.sleep(0.01)
    run.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await run


async def shown(storage: Storage, task_id: str) -> list[tuple[EventType, int, int]]:
    return [
        (event.type, event.hop_index, event.attempt) for event in await events_of(storage, task_id)
    ]


async def test_a_task_runs_to_its_end(storage: Storage, clock: SetClock) -> None:
    task = await running(storage)
    workflow = workflow_on(storage, clock)
    await run_plain(workflow, task.text, task.task_id)
    ended = await storage.lives.end(task.task_id, COMPLETED)
    assert ended.progress.approved is True
    assert [hop["role"] for hop in ended.progress.hops] == CODE_HOPS
    hops = [
        [(EventType.HOP_STARTED, index, 1), (EventType.HOP_COMPLETED, index, 1)]
        for index in range(4)
    ]
    hops[0].insert(1, (EventType.ROUTED, 0, 1))
    assert await shown(storage, task.task_id) == [
        (EventType.ACCEPTED, 0, 0),
        *(event for hop in hops for event in hop),
        (EventType.COMPLETED, 3, 0),
    ]
    history = workflow.aget_state_history(thread_config(task.task_id))
    lengths = [len(each.values.get("hops", [])) async for each in history]
    assert lengths == [4, 3, 2, 1, 0, 0]
    messages = (await workflow.aget_state(thread_config(task.task_id))).values["messages"]
    assert [each["sender"] for each in messages] == CODE_HOPS


async def test_a_task_that_was_cut_goes_on_in_its_hop(storage: Storage, clock: SetClock) -> None:
    task = await running(storage)
    await held_in_the_coders_hop(storage, workflow_on(storage, clock, hold=True), task)
    await storage.lives.recover(await storage.tasks.get(task.task_id), crashed=True)
    await storage.queue.claim_oldest()
    workflow = workflow_on(storage, clock)
    stream = workflow.astream(
        None, thread_config(task.task_id), stream_mode="updates", durability="sync"
    )
    assert [next(iter(each)) async for each in stream] == ["coder", "reviewer"]
    progress = (await storage.tasks.get(task.task_id)).progress
    assert [hop["attempt"] for hop in progress.hops] == [1, 1, 2, 1]
    assert (EventType.RECOVERED, 2, 0) in await shown(storage, task.task_id)


async def test_a_task_that_was_cancelled_gets_no_further(storage: Storage, clock: SetClock) -> None:
    task = await running(storage)
    await held_in_the_coders_hop(storage, workflow_on(storage, clock, hold=True), task)
    await storage.lives.end(task.task_id, CANCELLED)
    events = await shown(storage, task.task_id)
    workflow = workflow_on(storage, clock)
    stream = workflow.astream(
        None, thread_config(task.task_id), stream_mode="updates", durability="sync"
    )
    with pytest.raises(WrongState, match="is not running: it is cancelled"):
        assert [each async for each in stream] == []
    assert await shown(storage, task.task_id) == events


async def test_branches_from_one_checkpoint_do_not_mix(storage: Storage, clock: SetClock) -> None:
    task = await running(storage)
    workflow = workflow_on(storage, clock)
    await run_plain(workflow, task.text, task.task_id)
    history = [each async for each in workflow.aget_state_history(thread_config(task.task_id))]
    [coded] = [each for each in history if len(each.values.get("hops", [])) == 3]
    await storage.lives.end(task.task_id, COMPLETED)
    branch = await workflow.aupdate_state(coded.config, {"note": {"said": "by a person"}})
    edited = (await workflow.aget_state(branch)).values
    assert edited["note"] == {"said": "by a person"}
    assert edited["code"] == coded.values["code"]
    trunk = (await workflow.aget_state(history[0].config)).values
    assert trunk.get("note") == history[0].values.get("note") != edited["note"]
