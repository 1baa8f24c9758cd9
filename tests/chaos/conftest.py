"""The meshes of the integration tests, to be killed."""

from __future__ import annotations

from tests.integration.conftest import fresh_mesh

__all__ = ["fresh_mesh"]
