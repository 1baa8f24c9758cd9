"""What happens to a task over one life of the agent, or several."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from agent_service.desk.watching import TaskWatcher
from agent_service.running.live_text import LiveTexts
from agent_service.storage.records import EventType, NewEvent, TaskEvent, TaskStatus
from agent_service.storage.sqlite.ownership import OwnershipLost, hold_lock, take_ownership
from core.errors import (
    LimitExceeded,
    OutcomeUnknown,
    StartupError,
    Unavailable,
    WrongState,
)
from core.ports import AnswerKind, EffectAnswer, Question, ToolResult
from core.workflows import BUILT_IN

from .conftest import StartAgent, World, ask, roles, submit


async def test_a_code_task_ends_approved(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.COMPLETED
        assert task.progress.approved is True
        assert [role for role, _ in roles(task.progress)] == [
            "router",
            "researcher",
            "coder",
            "reviewer",
        ]
        events = await agent.storage.events.read(task.task_id, 1)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        (routed,) = [event for event in events if event.type is EventType.ROUTED]
        assert routed.detail["reason"] == "confidence 0.90"
        assert set(routed.detail["scores"]) == set(BUILT_IN.names)
        assert routed.detail["scores"] == task.progress.route_scores
        assert routed.detail["scores"]["code"] == 0.9


async def test_when_the_loops_run_out_the_task_completes_unapproved(
    start_agent: StartAgent,
) -> None:
    world = World(results=[ToolResult(False, "AssertionError: no")] * 2)
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.COMPLETED
        assert task.progress.approved is False
        assert task.remaining_loops == 0
        assert len(task.progress.hops) == 6
        assert "not approved" in task.progress.result


async def test_an_answer_quotes_its_source(start_agent: StartAgent) -> None:
    async with start_agent(World("answer")) as agent:
        task = await agent.ended(await submit(agent, ask("which port does the agent use?")))
        assert "7400" in task.progress.result
        assert task.progress.sources == [{"source": "a.md", "start_line": 1, "end_line": 2}]


async def test_a_cut_hop_runs_again_as_attempt_two(start_agent: StartAgent) -> None:
    world = World(held=True)
    async with start_agent(world) as agent:
        task_id = await submit(agent)
        while not any(":1:retrieve" in call for call in world.calls.ids):
            await asyncio.sleep(0.01)
    world.calls.release()
    async with start_agent(world) as agent:
        task = await agent.ended(task_id)
        assert task.status is TaskStatus.COMPLETED
        assert roles(task.progress)[:3] == [("router", 1), ("researcher", 2), ("coder", 1)]
        events = await agent.storage.events.read(task_id, 1)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        recovered = [event for event in events if event.type is EventType.RECOVERED]
        assert [event.hop_index for event in recovered] == [1]


async def test_a_crash_loop_ends_the_task(start_agent: StartAgent) -> None:
    world = World(held=True)
    task_id = ""
    for _ in range(3):
        async with start_agent(world) as agent:
            task_id = task_id or await submit(agent)
            calls = len(world.calls.ids)
            while len(world.calls.ids) == calls:
                await asyncio.sleep(0.01)
    async with start_agent(world) as agent:
        task = await agent.ended(task_id)
        assert task.status is TaskStatus.FAILED
        assert task.failure_reason == "CRASH_LOOP"


async def test_cancelling_ends_a_running_task(start_agent: StartAgent) -> None:
    world = World(held=True)
    async with start_agent(world) as agent:
        task_id = await submit(agent)
        while not world.calls.ids:
            await asyncio.sleep(0.01)
        assert (await agent.runner.cancel(task_id)).status is TaskStatus.CANCELLED
        with pytest.raises(WrongState):
            await agent.runner.cancel(task_id)
        events = await agent.storage.events.read(task_id, 1)
        assert events[-1].type is EventType.CANCELLED


async def test_a_service_that_is_down_makes_the_task_wait(start_agent: StartAgent) -> None:
    world = World()
    failures = [Unavailable("llm is down"), Unavailable("llm is down")]

    def fail_twice(call_id: str) -> None:
        if "generate" in call_id and failures:
            raise failures.pop()

    world.calls.before = fail_twice
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.COMPLETED
        assert ("coder", 3) in roles(task.progress)
        events = await agent.storage.events.read(task.task_id, 1)
        assert [event.type for event in events].count(EventType.WAITING) == 1


async def test_a_service_that_is_full_is_left_alone_as_long_as_it_asks(
    start_agent: StartAgent,
) -> None:
    world = World()
    full = LimitExceeded("slow down")
    full.retry_after_seconds = 1.2
    failures = [full]
    asked: list[float] = []

    def fail_once(call_id: str) -> None:
        if "generate" in call_id:
            asked.append(time.monotonic())
            if failures:
                raise failures.pop()

    world.calls.before = fail_once
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.COMPLETED
        assert asked[1] - asked[0] >= 1.2
        events = await agent.storage.events.read(task.task_id, 1)
        assert [event.type for event in events].count(EventType.WAITING) == 1


@pytest.mark.parametrize("seconds", [None, 6.0], ids=["a size", "longer than a task waits"])
async def test_a_limit_that_waiting_does_not_lift_fails_the_task_at_once(
    start_agent: StartAgent, seconds: float | None
) -> None:
    world = World()

    def fail(call_id: str) -> None:
        if "generate" in call_id:
            error = LimitExceeded("too much")
            error.retry_after_seconds = seconds
            raise error

    world.calls.before = fail
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.FAILED
        assert task.failure_reason == "LIMIT_EXCEEDED"
        assert ("coder", 2) not in roles(task.progress)


async def test_an_unknown_outcome_asks_a_person(start_agent: StartAgent) -> None:
    world = World(results=[OutcomeUnknown("the call was cut")])
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.INPUT_REQUIRED
        assert task.question == Question(
            "the call was cut Did its effect happen?", f"{task.task_id}:3:check", AnswerKind.EFFECT
        )
        assert (task.failure_reason, task.failure_message) == ("", "")


async def test_an_old_owner_cannot_write(start_agent: StartAgent, tmp_path: Path) -> None:
    async with start_agent(World()) as agent:
        with sqlite3.connect(tmp_path / "mesh.db") as successor:
            successor.execute("UPDATE ownership SET fencing_token = fencing_token + 1")
        successor.close()
        with pytest.raises(OwnershipLost):
            await submit(agent)


async def test_a_second_agent_refuses_to_start(start_agent: StartAgent, tmp_path: Path) -> None:
    async with start_agent(World()):
        second = hold_lock(tmp_path / "mesh.db")
        with pytest.raises(StartupError, match="belongs to the running agent with pid"):
            second.__enter__()


async def test_a_damaged_database_is_refused_in_one_line(
    start_agent: StartAgent, tmp_path: Path
) -> None:
    (tmp_path / "mesh.db").write_bytes(b"SQLite format 3\0" + b"\7" * 5000)
    with pytest.raises(StartupError, match="damaged"):
        async with start_agent(World()):
            pass


async def test_taking_ownership_tells_a_crash_from_a_clean_stop(start_agent: StartAgent) -> None:
    async with start_agent(World()) as agent:
        assert await take_ownership(agent.database) is False


@pytest.mark.parametrize("happened", [True, False])
async def test_an_answer_lets_the_task_go_on_and_survives_a_crash(
    start_agent: StartAgent, happened: bool
) -> None:
    world = World("tool", results=[OutcomeUnknown("a crash cut the call")])
    answer = EffectAnswer(happened, "as seen")
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent, ask("write hi to a.txt")))
        assert task.status is TaskStatus.INPUT_REQUIRED
        assert task.question and task.question.call_id == f"{task.task_id}:1:call"
    async with start_agent(world) as agent:
        assert (await agent.desk.get(task.task_id)).status is TaskStatus.INPUT_REQUIRED
        await agent.storage.lives.respond(task.task_id, answer)
    async with start_agent(world) as agent:
        ended = await agent.ended(task.task_id)
        assert ended.status is TaskStatus.COMPLETED
        assert world.tools.resolved == [(f"{task.task_id}:1:call", answer)]
        assert ("as seen" in ended.progress.result) is happened
        assert len(world.tools.called) == (not happened)
        assert (
            await agent.storage.lives.respond(task.task_id, answer)
        ).status is TaskStatus.COMPLETED
        with pytest.raises(WrongState):
            await agent.storage.lives.respond(task.task_id, EffectAnswer(not happened))
        events = await agent.storage.events.read(task.task_id, 1)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        assert EventType.RESPONDED in [event.type for event in events]


async def test_a_task_that_asks_can_be_cancelled(start_agent: StartAgent) -> None:
    world = World(results=[OutcomeUnknown("a crash cut the call")])
    async with start_agent(world) as agent:
        task = await agent.ended(await submit(agent))
        assert task.status is TaskStatus.INPUT_REQUIRED
        cancelled = await agent.runner.cancel(task.task_id)
        assert (cancelled.status, cancelled.question) == (TaskStatus.CANCELLED, None)
        with pytest.raises(WrongState, match="is cancelled: it asks nothing"):
            await agent.desk.answer(task.task_id, EffectAnswer(True))


async def test_cancelling_stops_the_calls(start_agent: StartAgent) -> None:
    world = World(held=True)
    async with start_agent(world) as agent:
        task_id = await submit(agent)
        while not world.calls.ids:
            await asyncio.sleep(0.01)
        await agent.runner.cancel(task_id)
        assert task_id in world.calls.cancelled


async def test_a_slow_watcher_misses_nothing_and_slows_nobody(start_in_memory: StartAgent) -> None:
    async with start_in_memory(World(held=True)) as agent:
        task_id = await submit(agent)
        watcher = TaskWatcher(agent.storage.tasks, agent.storage.events, LiveTexts(), lambda: False)
        watching = watcher.watch(task_id, 1)
        seen = [await anext(watching)]
        noted = NewEvent(task_id, EventType.WAITING, "2026-01-01T00:00:00.000000+00:00")
        for _ in range(1000):
            await agent.storage.lives.record(noted)
        await agent.runner.cancel(task_id)
        seen += [event async for event in watching]
        assert all(isinstance(event, TaskEvent) for event in seen)
        assert [event.sequence for event in seen] == list(range(1, len(seen) + 1))
        assert len(seen) > 1000 and seen[-1].type is EventType.CANCELLED
        again = [event async for event in watcher.watch(task_id, 500)]
        assert again == seen[499:]
