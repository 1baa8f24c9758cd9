"""An agent that was frozen, and wakes up after a successor took its database over."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import JOBS, WITNESS


@pytest.fixture
def old(tmp_path: Path) -> Iterator[ChaosMesh]:
    """The mesh whose agent is the old owner."""
    mesh = ChaosMesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


@pytest.fixture
def successor(old: ChaosMesh, tmp_path: Path) -> Iterator[ChaosMesh]:
    """The mesh whose agent takes over, on a port of its own."""
    mesh = ChaosMesh(tmp_path / "successor")
    shutil.copy(old.settings.token_file, mesh.settings.token_file)
    yield mesh
    mesh.stop_all()


async def test_an_old_owner_that_wakes_up_writes_nothing(
    old: ChaosMesh, successor: ChaosMesh
) -> None:
    await old.prepare(JOBS)
    old.freeze("llm")
    submitted = [await old.submitted(job) for job in (*JOBS, WITNESS)]
    await quiet(old)  # frozen in a write, it would hold SQLite's own lock
    old.freeze("agent")
    old.thaw("llm")
    # A frozen process keeps its lock. Another machine, or a hand that deletes the lock file,
    # does not see it: the fencing token has to hold alone.
    (old.home / "agent" / "mesh.lock").unlink()

    addresses = {
        f"{name.upper()}_ADDRESS": old.settings.address_of(name)
        for name in ("llm", "tool", "chroma")
    }
    successor.spawn("agent", MESH_HOME=str(old.home), **addresses)
    await successor.healthy("agent")
    await old.settled()
    old.thaw("agent")

    async with asyncio.timeout(20):
        assert await old.exited("agent") == 78
    last_line = old.said("agent").splitlines()[-1]
    assert f"another agent took over the database {old.home}/agent/mesh.db" in last_line
    submitted.append(await successor.submitted(WITNESS))
    await old.settled()
    report = check(old.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)


async def quiet(mesh: ChaosMesh) -> None:
    """Wait until four tasks run and nothing was written for half a second."""
    async with asyncio.timeout(30):
        before, now = None, progress(mesh)
        while before != now or now[0] < len(JOBS):
            await asyncio.sleep(0.5)
            before, now = now, progress(mesh)


def progress(mesh: ChaosMesh) -> tuple[int, int]:
    """Return how many tasks run, and how many events there are."""
    tasks = mesh.evidence.tasks().values()
    running = sum(task.status == "running" for task in tasks)
    return running, sum(len(task.events) for task in tasks)
