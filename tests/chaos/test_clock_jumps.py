"""The wall clock jumps while tasks run: times in the log are odd then, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.jumping_clock import JumpingClock
from tests.chaos.workload import ASK, CODE, JOBS, Job
from tests.integration.mesh import SERVICES

HOUR = 3600
# Nobody names their workflow: it hangs on what the registry says of the services after a jump.
ROUTED = tuple(Job(job.text, "") for job in (CODE, ASK))
JUMPS = (HOUR, -HOUR, 30 * 24 * HOUR, 0)


@pytest.fixture
def timeless(tmp_path: Path) -> Iterator[ChaosMesh]:
    """A mesh of the test's own, not started."""
    mesh = ChaosMesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


@pytest.mark.parametrize("crash", [False, True], ids=["running", "crashing"])
async def test_the_wall_clock_jumps(timeless: ChaosMesh, tmp_path: Path, crash: bool) -> None:
    clock = JumpingClock(tmp_path)
    for name in SERVICES:
        timeless.spawn(name, AGENT_MAX_RUNNING_TASKS="16", **clock.environment)
    await timeless.prepare((*JOBS, *ROUTED))
    submitted = []
    async with timeless.kept():
        for jump in JUMPS:
            clock.set(jump)
            if crash:
                timeless.kill("agent")
            submitted += [await timeless.submitted(job) for job in (*ROUTED, *JOBS)]
        await timeless.settled()

    times = [event.at for task in timeless.evidence.tasks().values() for event in task.events]
    assert max(times) > (datetime.now(UTC) + timedelta(days=29)).isoformat()
    assert len(timeless.deaths) == (len(JUMPS) if crash else 0)
    report = check(timeless.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)
