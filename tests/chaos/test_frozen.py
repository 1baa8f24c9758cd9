"""A frozen service (SIGSTOP): slower than ever, and still not dead."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import ASK, CODE, JOBS, WITNESS, Job

SHORT_SECONDS = 1.0
CALL_SECONDS = 1.0
FROZEN_SECONDS = 2.0


@pytest.mark.parametrize("name", ["llm", "tool", "chroma", "agent"])
async def test_a_freeze_within_the_deadline_changes_nothing(mesh: ChaosMesh, name: str) -> None:
    deaths = len(mesh.deaths)
    submitted = [await mesh.submitted(job) for job in JOBS]
    mesh.freeze(name)
    await asyncio.sleep(SHORT_SECONDS)
    mesh.thaw(name)
    await mesh.settled()
    assert len(mesh.deaths) == deaths
    report = check(mesh.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)
    tasks = mesh.evidence.tasks()
    for each in submitted:
        assert all(event.attempt <= 1 for event in tasks[each.task_id].events)


@pytest.mark.parametrize(
    ("name", "job", "held"),
    [
        ("llm", CODE, "llm.before_generate"),
        ("chroma", ASK, "chroma.before_query"),
        ("tool", WITNESS, "tool.after_intent"),
        ("tool", WITNESS, "tool.after_effect"),
    ],
)
async def test_a_freeze_past_the_deadline_ends_the_task_with_its_reason(
    mesh: ChaosMesh, name: str, job: Job, held: str
) -> None:
    effects = len(mesh.evidence.witnessed())
    await mesh.renew("agent", CHAOS_CALL_SECONDS=str(CALL_SECONDS))
    mesh.arm(held, "sleep=0.3")
    submitted = await mesh.submitted(job)
    await mesh.passed(held)
    mesh.freeze(name)
    await asyncio.sleep(FROZEN_SECONDS)
    mesh.thaw(name)
    await mesh.settled()
    await mesh.renew("agent")

    task = mesh.evidence.tasks()[submitted.task_id]
    assert (task.status, task.failure_reason) == ("failed", "DEADLINE_EXCEEDED")
    # The call that was under way goes on to its receipt: its effect happens, and once.
    if job is WITNESS:
        async with asyncio.timeout(10):
            while not all(mesh.evidence.tasks()[submitted.task_id].calls.values()):
                await asyncio.sleep(0.02)
        assert len(mesh.evidence.witnessed()) == effects + 1
    report = check(mesh.evidence, [])
    assert report.clean, report
