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
    old.arm("agent.in_hop.responder", "sleep=0.5")
    submitted = [await old.submitted(WITNESS)]
    await old.passed("agent.in_hop.responder")
    submitted += [await old.submitted(job) for job in JOBS]
    old.freeze("agent")
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
        assert await old.exited("agent") != 0
    assert "fencing token" in old.said("agent")
    submitted.append(await successor.submitted(WITNESS))
    await old.settled()
    report = check(old.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)
