"""A real model, and meshes that run on it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration.mesh import Mesh

_SERVICES = ("tool", "chroma", "agent")


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The GGUF that `make test-real` pulled."""
    path = Path(os.environ.get("MESH_REAL_MODEL", ""))
    if not path.is_file():
        pytest.fail("MESH_REAL_MODEL names no GGUF: run `make test-real`, which pulls one")
    return path


class RealMesh(Mesh):
    """A mesh whose LLM service has the real model."""

    def __init__(self, home: Path, model: Path) -> None:
        """Start nothing yet."""
        super().__init__(home)
        self._model = model

    async def start_all(self) -> None:
        """Start every service and wait until all are healthy."""
        await self.start_model()
        await self.start(*_SERVICES)

    async def start_model(self) -> None:
        """Start the LLM service."""
        self.spawn("llm", LLM_MODEL_PATH=str(self._model))
        await self.healthy("llm")

    @property
    def workspace(self) -> Path:
        """Where the file tools work."""
        return self.home / "workspace"


@pytest.fixture(scope="module")
def shared_mesh(tmp_path_factory: pytest.TempPathFactory, real_model: Path) -> Iterator[RealMesh]:
    """A mesh for the tests of a module, not started."""
    mesh = RealMesh(tmp_path_factory.mktemp("real") / "home", real_model)
    yield mesh
    mesh.stop_all()


@pytest.fixture
async def mesh(shared_mesh: RealMesh) -> AsyncIterator[RealMesh]:
    """The module's mesh, started."""
    if not shared_mesh.started:
        await shared_mesh.start_all()
    yield shared_mesh


@pytest.fixture
async def own_mesh(tmp_path: Path, real_model: Path) -> AsyncIterator[RealMesh]:
    """A started mesh of the test's own, to be killed."""
    mesh = RealMesh(tmp_path / "home", real_model)
    try:
        await mesh.start_all()
        yield mesh
    finally:
        mesh.stop_all()
