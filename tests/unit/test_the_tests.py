"""What tests share lies in modules that are no tests: each test module stands for itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "tests").rglob("*.py"))


def imported(source: str, package: str) -> Iterator[str]:
    """Yield what a module of ``package`` imports, by absolute names, wherever it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            relative = f"{'.' * node.level}{node.module or ''}"
            module = resolve_name(relative, package) if node.level else relative
            yield from (f"{module}.{each.name}" for each in node.names)


def imports_of(path: Path) -> list[str]:
    """Return what a file of the project imports."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return list(imported(path.read_text(encoding="utf-8"), package))


def is_test_module(name: str) -> bool:
    """Say whether a name leads into a test module."""
    packages = name.split(".")
    return packages[0] == "tests" and any(each.startswith("test_") for each in packages)


def test_no_test_module_is_imported() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for name in imports_of(path)
        if is_test_module(name)
    }
    assert not found


def test_benchmarks_are_imported_by_their_own_tests_alone() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        if ROOT / "tests" / "unit" / "benchmarks" not in path.parents
        for name in imports_of(path)
        if name.split(".")[0] == "benchmarks"
    }
    assert not found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from tests.unit.test_a import x", ["tests.unit.test_a.x"]),
        ("import tests.unit.test_a as a", ["tests.unit.test_a"]),
        ("from .test_a import x, y", ["tests.unit.core.test_a.x", "tests.unit.core.test_a.y"]),
        ("from ..test_a import x", ["tests.unit.test_a.x"]),
        ("from . import test_a", ["tests.unit.core.test_a"]),
        ("def f():\n    from tests.unit import test_a", ["tests.unit.test_a"]),
    ],
)
def test_every_way_to_import_is_seen(source: str, found: list[str]) -> None:
    assert list(imported(source, "tests.unit.core")) == found
    assert all(is_test_module(name) for name in found)


def test_the_test_modules_are_found() -> None:
    assert len([path for path in MODULES if path.name.startswith("test_")]) > 150
