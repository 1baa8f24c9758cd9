"""The agent dies again while it recovers: what was recovered stays so, the rest follows."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import JOBS

RUNNING = 4


@pytest.mark.parametrize(
    "failpoint", ["agent.take_ownership.after_commit", "agent.recover.after_commit"]
)
async def test_a_crash_in_recovery(mesh: ChaosMesh, failpoint: str) -> None:
    before = len(mesh.deaths)
    mesh.freeze("llm")  # every task waits in its hop
    submitted = [await mesh.submitted(job) for job in JOBS]
    async with asyncio.timeout(20):
        while sum(task.status == "running" for task in mesh.evidence.tasks().values()) < RUNNING:
            await asyncio.sleep(0.02)
    mesh.arm(failpoint)
    mesh.kill("agent")
    await mesh.passed(failpoint)
    mesh.thaw("llm")
    await mesh.settled()

    assert [each.name for each in mesh.deaths[before:]] == ["agent", "agent"]
    report = check(mesh.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)
    tasks = mesh.evidence.tasks()
    for each in submitted:
        recovered = [event for event in tasks[each.task_id].events if event.type == "recovered"]
        assert len(recovered) == 1
