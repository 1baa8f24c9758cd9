"""Meshes for tests: one that is shared and stays up, and fresh ones to be killed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.mesh import Mesh


@pytest.fixture
def fresh_mesh(tmp_path: Path) -> Iterator[Mesh]:
    """A mesh of the test's own, not started."""
    mesh = Mesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


@pytest.fixture(scope="module")
def module_mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh for the tests of a module, not started."""
    mesh = Mesh(tmp_path_factory.mktemp("mesh") / "home")
    yield mesh
    mesh.stop_all()


@pytest.fixture
async def mesh(module_mesh: Mesh) -> AsyncIterator[Mesh]:
    """The module's mesh, started; tests leave it as they find it."""
    if not module_mesh.started:
        await module_mesh.start()
    yield module_mesh
