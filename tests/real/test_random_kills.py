"""Agent and LLM service die at random while tasks run on a real model.

``REAL_TASKS=30 make test-real`` runs more tasks than the few here. How many say the same as
undisturbed is printed and not held to anything: on another state of its cache a model may round
otherwise.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import ASK, DOCUMENT, Job

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]

JOBS = (
    Job("Call the tool witness once.", "tool"),
    Job("Write a function triple(x).\n>>> triple(4)\n12", "code"),
    ASK,
    Job("Explain in two sentences why the sky is blue.", "direct"),
)
TASKS, SEED = int(os.environ.get("REAL_TASKS", "8")), 11
_PAUSE_SECONDS = (1.0, 9.0)


class Victim(ChaosMesh):
    """A mesh whose agent does what the model says, whatever that is."""

    def module_of(self, name: str) -> str:
        """The module that runs a service."""
        return f"{name}_service"


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[ChaosMesh]:
    mesh = Victim(tmp_path / "home")
    yield mesh
    mesh.stop_all()


async def test_every_task_ends_and_nothing_is_done_twice(
    victim: ChaosMesh, real_model: Path
) -> None:
    victim.spawn("llm", LLM_MODEL_PATH=str(real_model))
    victim.spawn("agent", AGENT_MAX_RUNNING_TASKS="1")
    for name in ("tool", "chroma"):
        victim.spawn(name)
    await victim.serving("llm", "agent", "tool", "chroma")
    await victim.ingest("ports.md", DOCUMENT)
    undisturbed = {job: await victim.submitted(job) for job in JOBS}
    await victim.settled(200)
    chance = random.Random(SEED)
    async with victim.kept():
        submitted = [await victim.submitted(JOBS[number % len(JOBS)]) for number in range(TASKS)]
        # As many kills as tasks: a generation that is cut more often than it ends never ends.
        for _ in range(TASKS):
            await asyncio.sleep(chance.uniform(*_PAUSE_SECONDS))
            if victim.evidence.unfinished():
                await kill_one(victim, chance.choice(("agent", "llm")))
        await victim.settled(30 * TASKS)
    victim.stop_all()
    report = check(victim.evidence, submitted)
    outcomes = {task_id: task.outcome for task_id, task in victim.evidence.tasks().items()}
    alike = sum(
        outcomes[each.task_id] == outcomes[undisturbed[each.job].task_id] for each in submitted
    )
    print(
        f"{len(victim.kills)} kills, {report.completed} of {TASKS} completed, "
        f"{alike} word for word as undisturbed"
    )
    assert report.clean, report
    assert report.completed == TASKS
    assert report.effects > len(JOBS) // 4
    assert len(victim.kills) >= TASKS // 2
    assert [each.status for each in victim.deaths if each.status != -9] == []


async def kill_one(mesh: ChaosMesh, name: str) -> None:
    await mesh.serving(name)
    mesh.kill(name)
