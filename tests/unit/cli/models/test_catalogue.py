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
    addresses = [entry.address for entry in models if entry.address is not None]
    assert len(set(addresses)) == len(addresses) >= 8
    for address in addresses:
        assert address.startswith("https://")
        assert address.endswith(".gguf")
    for entry in models:
        weights = re.fullmatch(r"([\d.]+)([MB])", entry.parameters)
        assert weights is not None
        billions = float(weights[1]) / (1000 if weights[2] == "M" else 1)
        assert 0.1 <= billions <= 8
        # Q4_K_M takes 4.8 bits a weight, more in small models, whose embeddings weigh more.
        assert 0.55 <= entry.size_bytes / (billions * 1e9) <= 1.0, entry.name


def test_models_that_packages_of_an_index_hold() -> None:
    catalogue = read_catalogue(OWN_CATALOGUE)
    packages = {entry.name: entry.packages for entry in catalogue.models if entry.packages}
    counts = {name: len(each) for name, each in packages.items()}
    assert counts == {"qwen2.5-coder-0.5b": 6, "qwen2.5-coder-1.5b": 22, "smollm2-135m": 1}
    assert catalogue.entry("qwen2.5-coder-0.5b").sources == ("hub", "packages")
    assert catalogue.entry("smollm2-135m").sources == ("packages",)
    for each in packages.values():
        assert len({package.requirement for package in each}) == len(each)


PACKAGES = [{"name": "p", "version": "1", "members": [{"path": "p/m.bin", "size_bytes": 1}]}]


def test_a_model_without_a_hub(tmp_path: Path) -> None:
    without = {key: value for key, value in ENTRY.items() if key != "address"}
    entry = read_catalogue(catalogue_of(tmp_path, {**without, "packages": PACKAGES})).entry("mine")
    assert (entry.address, entry.sources) == (None, ("packages",))
    with pytest.raises(ModelError, match="where the model comes from"):
        read_catalogue(catalogue_of(tmp_path, without))
    with pytest.raises(ModelError, match="not of its size_bytes"):
        read_catalogue(catalogue_of(tmp_path, {**ENTRY, "packages": PACKAGES * 2}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "--index-url"),
        ("name", "p @ https://example.org/p.whl"),
        ("version", "1 --pre"),
        ("version", "-r"),
        ("members", []),
        ("members", [{"path": "../m.bin", "size_bytes": 1}]),
        ("members", [{"path": "/etc/passwd", "size_bytes": 1}]),
        ("members", [{"path": "p/m.bin", "size_bytes": 0}]),
        ("unheard_of", 1),
    ],
)
def test_a_wrong_field_of_a_package_is_named(tmp_path: Path, field: str, value: object) -> None:
    path = catalogue_of(tmp_path, {**ENTRY, "packages": [{**PACKAGES[0], field: value}]})
    with pytest.raises(ModelError, match=rf"models\.0\.packages\.0\.{field}"):
        read_catalogue(path)


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
