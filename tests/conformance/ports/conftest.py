"""Services that a module's tests share, for the ports that are served over gRPC."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.mesh import Mesh


@pytest.fixture(scope="module")
def module_mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh for the tests of a module, of which nothing is started."""
    mesh = Mesh(tmp_path_factory.mktemp("mesh") / "home")
    yield mesh
    mesh.stop_all()
