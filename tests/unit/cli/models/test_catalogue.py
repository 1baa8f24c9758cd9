"""The catalogue that comes with the mesh, and what a reader of another one is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.models.catalogue import OWN_CATALOGUE, read_catalogue
from cli.models.model_error import ModelError

ENTRY = {
    "name": "mine",
    "title": "Mine",
    "purpose": "code",
    "parameters": "1B",
    "quantization": "Q8_0",
    "address": "http://127.0.0.1/mine.gguf",
    "sha256": "a" * 64,
    "size_bytes": 1,
    "licence": "MIT",
    "context": 2048,
    "chat_template": "in the file",
    "source": "computed",
}


def catalogue_of(folder: Path, *entries: dict[str, object]) -> Path:
    path = folder / "catalogue.json"
    path.write_text(json.dumps({"models": list(entries)}), encoding="utf-8")
    return path


def test_the_own_catalogue_is_whole() -> None:
    models = read_catalogue(OWN_CATALOGUE).models
    assert len(models) >= 8
    assert {entry.purpose for entry in models} == {"code", "general"}
    assert len({entry.sha256 for entry in models}) == len(models)
    assert len({entry.address for entry in models}) == len(models)
    for entry in models:
        assert entry.address.startswith("https://")
        assert entry.address.endswith(".gguf")
        billions = float(re.fullmatch(r"([\d.]+)B", entry.parameters)[1])  # type: ignore[index]
        assert 0.5 <= billions <= 8
        # Q4_K_M takes 4.8 bits a weight, more in small models, whose embeddings weigh more.
        assert 0.55 <= entry.size_bytes / (billions * 1e9) <= 1.0, entry.name


def test_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    catalogue = read_catalogue(catalogue_of(tmp_path, ENTRY))
    assert catalogue.entry("mine").size_bytes == 1
    with pytest.raises(ModelError, match="it holds: mine"):
        catalogue.entry("other")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../escape"),
        ("name", "bundled"),
        ("name", "Upper"),
        ("name", ""),
        ("address", "file:///etc/passwd"),
        ("address", "no address"),
        ("sha256", "A" * 64),
        ("sha256", "a" * 63),
        ("size_bytes", 0),
        ("size_bytes", "1"),
        ("purpose", "weapons"),
        ("licence", ""),
        ("unheard_of", 1),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = catalogue_of(tmp_path, {**ENTRY, field: value})
    with pytest.raises(ModelError, match=rf"models\.0\.{field}") as refused:
        read_catalogue(path)
    assert str(path) in str(refused.value)


def test_a_field_that_is_missing_is_named(tmp_path: Path) -> None:
    without = {key: value for key, value in ENTRY.items() if key != "sha256"}
    with pytest.raises(ModelError, match=r"models\.0\.sha256"):
        read_catalogue(catalogue_of(tmp_path, without))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="mine more than once"):
        read_catalogue(catalogue_of(tmp_path, ENTRY, ENTRY))


def test_what_is_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_catalogue(tmp_path / "missing.json")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="the file"):
        read_catalogue(tmp_path / "broken.json")
