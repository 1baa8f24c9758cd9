"""Processes die at random moments; nothing is lost and nothing is done twice.

``make chaos KILLS=200`` kills more often than this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import MeshError
from core.ports import CallContext
from tests.chaos.campaign import attack
from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.workload import JOBS

KILLS, SEED = 25, 7
LINES = 40


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[ChaosMesh]:
    """A mesh of the test's own, not started."""
    mesh = ChaosMesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


async def test_random_kills_of_all_services_under_load(victim: ChaosMesh) -> None:
    await victim.prepare(JOBS)
    outcome = await attack(victim, KILLS, SEED)
    print(outcome)
    assert outcome.clean, outcome
    assert outcome.kills.total() == KILLS
    assert outcome.report.completed > KILLS
    assert outcome.report.effects > 0


async def test_every_line_is_written_once_however_often_the_tool_service_dies(
    victim: ChaosMesh,
) -> None:
    await victim.start("tool")
    async with victim.kept():
        for number in range(LINES):
            if number % 4 == 0:
                victim.arm(("tool.after_effect", "tool.after_intent")[number % 8 // 4])
            await append_for_sure(victim, f"line {number}")
    assert len(victim.deaths) == LINES // 4
    journal = victim.home / "workspace" / "journal.txt"
    written = journal.read_text(encoding="utf-8").splitlines()
    assert written == [f"line {number}" for number in range(LINES)]


async def append_for_sure(mesh: ChaosMesh, line: str) -> None:
    """Call append_line under one id until it is answered."""
    context = CallContext(call_id=line, task_id="", correlation_id="", deadline_seconds=10)
    async with asyncio.timeout(60), mesh.tools() as tools:
        while True:
            try:
                result = await tools.call(
                    "append_line", {"path": "journal.txt", "line": line}, context
                )
            except MeshError as error:
                assert error.retryable or error.reason == "CANCELLED", error
                await asyncio.sleep(0.05)
            else:
                assert result.ok
                return
