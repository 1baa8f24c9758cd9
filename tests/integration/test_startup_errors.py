"""What keeps a service from starting is said in one line that says what to do."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from llm_service.config import BUNDLED_MODEL
from tests.integration.mesh import Mesh, refused


@pytest.mark.parametrize(
    ("name", "variable"),
    [("llm", "LLM_MODEL_PATH"), ("agent", "ROUTER_MODEL_PATH"), ("chroma", "EMBEDDING_MODEL_PATH")],
)
async def test_a_model_that_is_no_gguf(
    fresh_mesh: Mesh, tmp_path: Path, name: str, variable: str
) -> None:
    fake = tmp_path / "fake.gguf"
    fake.write_text("this is no model", encoding="utf-8")
    assert str(fake) in await refused(fresh_mesh, name, **{variable: str(fake)})
    missing = await refused(fresh_mesh, name, **{variable: str(tmp_path / "missing.gguf")})
    assert "cannot be read" in missing


@pytest.mark.parametrize(
    ("name", "variable"), [("llm", "LLM_MODEL_PATH"), ("agent", "ROUTER_MODEL_PATH")]
)
async def test_a_gguf_that_is_cut_short(
    fresh_mesh: Mesh, tmp_path: Path, name: str, variable: str
) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(b"GGUF\x03\x00\x00\x00" + b"\x01" * 200)
    assert variable in await refused(fresh_mesh, name, **{variable: str(cut)})
    cut.write_bytes(BUNDLED_MODEL.read_bytes()[:1_000_000])
    assert variable in await refused(fresh_mesh, name, **{variable: str(cut)})


@pytest.mark.parametrize(("name", "file"), [("agent", "agent/mesh.db"), ("tool", "tool/ledger.db")])
async def test_a_damaged_database_is_left_alone(fresh_mesh: Mesh, name: str, file: str) -> None:
    path = fresh_mesh.home / file
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 500)
    before = path.read_bytes()
    assert "damaged" in await refused(fresh_mesh, name)
    assert path.read_bytes() == before


async def test_a_database_of_a_newer_version(fresh_mesh: Mesh) -> None:
    path = fresh_mesh.home / "agent" / "mesh.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 9999")
    assert "newer" in await refused(fresh_mesh, "agent")


async def test_a_port_in_use(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("tool")
    other = Mesh(fresh_mesh.home.parent / "other")
    try:
        line = await refused(other, "tool", MESH_PORT_BASE=str(fresh_mesh.port_base))
    finally:
        other.stop_all()
    assert f"{fresh_mesh.port_base + 2}" in line
    assert "MESH_PORT_BASE" in line


async def test_a_second_agent_on_the_same_database(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("agent")
    first = fresh_mesh._processes["agent"]
    try:
        line = await refused(fresh_mesh, "agent", MESH_PORT_BASE=str(fresh_mesh.port_base + 4))
    finally:
        first.kill()
        first.wait(10)
    assert str(first.pid) in line


async def test_no_token(fresh_mesh: Mesh) -> None:
    shutil.move(fresh_mesh.home / "token", fresh_mesh.home / "elsewhere")
    assert "mesh up" in await refused(fresh_mesh, "tool")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ROUTER_CONFIDENCE_THRESHOLD", "2"),
        ("OBS_MODE", "loud"),
        ("AGENT_MAX_REVIEW_CYCLES", "none"),
        ("MESH_DRAIN_SECONDS", "-1"),
        ("ROUTER_TIMEOUT_SECONDS", "0"),
    ],
)
async def test_a_setting_that_is_not_allowed(fresh_mesh: Mesh, variable: str, value: str) -> None:
    line = await refused(fresh_mesh, "agent", **{variable: value})
    assert variable in line
    assert value in line
