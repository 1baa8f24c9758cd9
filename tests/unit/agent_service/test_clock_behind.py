"""The wall clock is set back between two lives of an agent: the newest checkpoint stays that."""

from __future__ import annotations

import asyncio
import time

import pytest
from langgraph.checkpoint.base import id as checkpoint_ids

from .conftest import StartAgent, World, roles, submit

HOUR_NS = 3600 * 10**9


async def test_no_completed_hop_runs_again(
    start_agent: StartAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()

    def hold_from(hop_index: int) -> None:
        world.calls.ids.clear()

        def before_call(call_id: str) -> None:
            if f":{hop_index}:" in call_id:
                world.calls.hold()

        world.calls.release()
        world.calls.before = before_call

    async def until_held() -> None:
        async with asyncio.timeout(10):
            while not world.calls.held:
                await asyncio.sleep(0.01)

    hold_from(1)
    async with start_agent(world) as agent:
        task_id = await submit(agent)
        await until_held()
    _new_process_an_hour_ago(monkeypatch)
    hold_from(2)
    async with start_agent(world):
        await until_held()
    hold_from(99)
    async with start_agent(world) as agent:
        task = await agent.ended(task_id)
        assert [hop for hop, _ in roles(task.progress)] == [
            "router",
            "researcher",
            "coder",
            "reviewer",
        ]
        events = await agent.storage.events.read(task_id, 1)
        completed = [event.hop_index for event in events if event.type == "hop_completed"]
        assert completed == [0, 1, 2, 3]


def _new_process_an_hour_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what LangGraph remembers of the ids of this process, and set its clock back."""
    real = time.time_ns
    monkeypatch.setattr(checkpoint_ids, "_last_v6_timestamp", None)
    monkeypatch.setattr(checkpoint_ids.time, "time_ns", lambda: real() - HOUR_NS)
