"""A file holds one idea, a function does one thing: both stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("core", "shared", "agent_service", "llm_service", "tool_service", "chroma_service"),
    *("cli", "benchmarks"),
)
MOST_LINES_A_FILE = 400
MOST_LINES_A_FUNCTION = 60


def sources() -> list[Path]:
    """Return the hand-written files that are no tests."""
    found = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in found if ROOT / "shared" / "pb" not in path.parents)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions and methods of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("room", ROOMS)
def test_files_are_short(room: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if path.relative_to(ROOT).parts[0] == room
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES_A_FILE
    }
    assert not long


@pytest.mark.parametrize("room", ROOMS)
def test_functions_are_short(room: str) -> None:
    long = {
        f"{path.relative_to(ROOT)}: {function.name}": lines
        for path in sources()
        if path.relative_to(ROOT).parts[0] == room
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_A_FUNCTION
    }
    assert not long


def test_the_sources_are_found() -> None:
    assert len(sources()) > 300
