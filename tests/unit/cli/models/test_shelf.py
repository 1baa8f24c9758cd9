"""Which models are here, which is in use, and how that changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.models import shelf
from cli.models.catalogue import Catalogue
from cli.models.checks import check_model
from cli.models.model_error import ModelError
from cli.models.pulling import hold_model
from cli.models.settings import ModelsSettings
from core.errors import StartupError
from llm_service.config import BUNDLED_MODEL, LlmSettings
from shared.model_choice import choice_file, chosen_model, model_file
from tests.model_host import ModelHost

CONTENT = b"GGUF" + b"\1" * 996
CATALOGUE = Catalogue(models=[ModelHost(CONTENT, base="http://127.0.0.1").entry()])


@pytest.fixture(autouse=True)
def no_path_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLM_MODEL_PATH", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A MESH_HOME where the catalogue's model lies."""
    put(tmp_path, "served", CONTENT)
    return tmp_path


def put(home: Path, name: str, content: bytes) -> None:
    path = model_file(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def presence(home: Path) -> dict[str, str]:
    return {item.name: item.presence for item in shelf.items(home, CATALOGUE)}


def test_what_is_here(tmp_path: Path) -> None:
    assert presence(tmp_path) == {"served": "not here"}
    put(tmp_path, "served", CONTENT)
    put(tmp_path, "own", CONTENT)
    assert presence(tmp_path) == {"served": "here", "own": "here"}
    put(tmp_path, "served", CONTENT[:-1])
    assert presence(tmp_path)["served"] == "damaged"
    model_file(tmp_path, "served").rename(tmp_path / "models" / "served.gguf.part")
    assert presence(tmp_path)["served"] == "in part"


def test_a_chosen_model_is_what_the_llm_service_loads(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LlmSettings(mesh_home=home).model.path == BUNDLED_MODEL
    shelf.use(home, CATALOGUE, "served")
    assert shelf.in_use(home) == "served"
    assert LlmSettings(mesh_home=home).model.path == model_file(home, "served")
    monkeypatch.setenv("LLM_MODEL_PATH", "/elsewhere.gguf")
    assert LlmSettings(mesh_home=home).model.path == Path("/elsewhere.gguf")
    monkeypatch.delenv("LLM_MODEL_PATH")
    shelf.use(home, CATALOGUE, "bundled")
    assert LlmSettings(mesh_home=home).model.path == BUNDLED_MODEL
    assert not choice_file(home).exists()


def test_a_model_that_one_put_there_oneself(home: Path) -> None:
    put(home, "own", CONTENT)
    shelf.use(home, CATALOGUE, "own")
    assert shelf.in_use(home) == "own"


@pytest.mark.parametrize("name", ["other", "../served", ""])
def test_what_is_not_there_cannot_be_used(home: Path, name: str) -> None:
    with pytest.raises(ModelError, match="there is: bundled, served"):
        shelf.use(home, CATALOGUE, name)
    assert not choice_file(home).exists()


def test_what_is_not_pulled_or_damaged_cannot_be_used(home: Path) -> None:
    put(home, "served", CONTENT[:-1])
    with pytest.raises(ModelError, match="999 bytes instead of 1,000"):
        shelf.use(home, CATALOGUE, "served")
    put(home, "served", b"HTML" + CONTENT[4:])
    with pytest.raises(ModelError, match="no GGUF"):
        shelf.use(home, CATALOGUE, "served")
    model_file(home, "served").unlink()
    with pytest.raises(ModelError, match="mesh models pull served"):
        shelf.use(home, CATALOGUE, "served")


def test_remove(home: Path) -> None:
    shelf.use(home, CATALOGUE, "served")
    with pytest.raises(ModelError, match="in use"):
        shelf.remove(home, "served")
    shelf.use(home, CATALOGUE, "bundled")
    with hold_model(home, "served"), pytest.raises(ModelError, match="already"):
        shelf.remove(home, "served")
    assert shelf.remove(home, "served") == len(CONTENT)
    assert presence(home) == {"served": "not here"}
    for name in ("served", "bundled", "../home"):
        with pytest.raises(ModelError, match="there is no model"):
            shelf.remove(home, name)


@pytest.mark.parametrize("text", ["../../etc/passwd", "", "two\nlines", "bundled"])
def test_a_damaged_choice_is_said(home: Path, text: str) -> None:
    choice_file(home).write_text(text, encoding="utf-8")
    with pytest.raises(StartupError, match="mesh models use"):
        chosen_model(home)
    assert check_model(ModelsSettings(mesh_home=home)).outcome == "failed"
    shelf.use(home, CATALOGUE, "served")
    assert chosen_model(home) == "served"


def test_the_doctor_names_the_model(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "bundled" in check_model(ModelsSettings(mesh_home=home)).detail
    shelf.use(home, CATALOGUE, "served")
    assert "served" in check_model(ModelsSettings(mesh_home=home)).detail
    model_file(home, "served").unlink()
    assert check_model(ModelsSettings(mesh_home=home)).outcome == "failed"
    monkeypatch.setenv("LLM_MODEL_PATH", str(BUNDLED_MODEL))
    finding = check_model(ModelsSettings(mesh_home=home))
    assert (finding.outcome, "LLM_MODEL_PATH" in finding.detail) == ("ok", True)
