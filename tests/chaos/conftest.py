"""One mesh for all chaos tests, which is attacked again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.workload import JOBS
from tests.integration.mesh import Mesh


@pytest.fixture(scope="package")
def package_mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChaosMesh]:
    """The mesh of this folder's tests, not started."""
    mesh = ChaosMesh(tmp_path_factory.mktemp("chaos") / "home")
    yield mesh
    mesh.stop_all()


@pytest.fixture
def fresh_mesh(tmp_path: Path) -> Iterator[Mesh]:
    """A mesh of the test's own, not started."""
    mesh = Mesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


@pytest.fixture
async def mesh(package_mesh: ChaosMesh) -> AsyncIterator[ChaosMesh]:
    """The package's mesh, started, with what undisturbed tasks gave; what dies is restarted."""
    if not package_mesh.started:
        await package_mesh.prepare(JOBS)
    async with package_mesh.kept():
        await package_mesh.serving("llm", "tool", "chroma", "agent")
        yield package_mesh
