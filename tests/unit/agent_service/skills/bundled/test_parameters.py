"""The parameters that a request names are those of the code, or the code is not what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from agent_service.skills.bundled.parameter_names import with_parameters
from agent_service.skills.bundled.requested_signature import (
    Parameter,
    contradicts,
    requested_parameters,
    takes,
)
from core.code_text import parameter_count

CHUNK = """def chunk(items, size):
    count = len(items)
    return [items[at:at + size] for at in range(0, count, size)]"""

RECURSIVE = """def chunk(items, size):
    if not items:
        return []
    return [items[:size], *chunk(items=items[size:], size=size)]"""
WITH_LAMBDA = """def chunk(items, size):
    n = f"{items}"
    cut = lambda items: [items[:size], items[size:]]
    return cut(items) if n else n"""
CATCHING = """def chunk(items, size):
    try:
        raise ValueError
    except ValueError as n:
        return [items[:size], items[size:]] if n else 0"""


def _parameters(*written: str) -> list[Parameter]:
    return [Parameter(*each.partition("=")[::2]) for each in written]


def _run(code: str, expression: str) -> Any:
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    return eval(expression, namespace)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("write chunk(lst, n) that splits a list", ["lst", "n"]),
        ("a function chunk(lst, n=2)", ["lst", "n=2"]),
        ("def chunk(lst: list[int], n: int = 2) -> list[list[int]]: in pieces", ["lst", "n=2"]),
        ("implement `word_count(text)`", ["text"]),
        ("add(a, b), where add(1, 2) -> 3", ["a", "b"]),
        ("pick(pair=None, how='first')", ["pair=None", "how='first'"]),
        ("a function called tidy that sorts", []),
        ("chunk_it: chunk_it([1], 2) == [[1]]", []),
        ("split a list", []),
    ],
)
def test_parameters_are_read_from_the_call_in_the_request(text: str, parameters: list[str]) -> None:
    assert requested_parameters(text) == _parameters(*parameters)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (CHUNK, ("lst", "n")),
        (CHUNK, ("at", "count")),
        (CHUNK, ("items", "n")),
        (CHUNK.replace("size)", "size=2)", 1), ("lst",)),
        (RECURSIVE, ("lst", "n")),
        (WITH_LAMBDA, ("lst", "n")),
        (CATCHING, ("lst", "n")),
    ],
)
def test_code_takes_the_names_and_does_the_same(code: str, names: tuple[str, ...]) -> None:
    wanted = _parameters(*names)
    assert not takes(code, "chunk", wanted)
    renamed = with_parameters(code, "chunk", wanted)
    assert takes(renamed, "chunk", wanted)
    given = dict(zip(names, ([1, 2, 3], 2), strict=False))
    expected = [[1, 2], [3]]
    assert _run(renamed, f"chunk(**{given})") == expected
    assert _run(renamed, "chunk([1, 2, 3], 2)") == expected


def test_defaults_of_the_request_are_kept() -> None:
    code = with_parameters(CHUNK, "chunk", _parameters("lst", "n=2"))
    assert _run(code, "chunk([1, 2, 3])") == [[1, 2], [3]]
    assert takes(code, "chunk", _parameters("lst", "n=2"))


@pytest.mark.parametrize(
    "names",
    [("lst",), ("a", "b", "c"), ("size", "items"), ("len", "n"), ("lst", "range"), ("size", "n")],
)
def test_code_that_cannot_take_them_stays_and_is_known_not_to(names: tuple[str, ...]) -> None:
    wanted = _parameters(*names)
    assert with_parameters(CHUNK, "chunk", wanted) == CHUNK
    assert not takes(CHUNK, "chunk", wanted)


@pytest.mark.parametrize(
    "body",
    [
        "    global n\n    n = size\n    return items",
        "    def inner():\n        nonlocal size\n        size = 1\n    return items",
        "    return eval('items')",
        "    def inner(size=1):\n        return size\n    return inner(size=2)",
        "    def n():\n        return 1\n    return n()",
    ],
)
def test_code_that_names_variables_in_other_ways_is_left_alone(body: str) -> None:
    code = f"def chunk(items, size):\n{body}"
    assert with_parameters(code, "chunk", _parameters("lst", "n")) == code


def test_a_class_and_broken_code_take_anything() -> None:
    for code in ("class chunk:\n    pass", "def chunk(:", ""):
        assert takes(code, "chunk", _parameters("lst"))
        assert with_parameters(code, "chunk", _parameters("lst")) == code
        assert parameter_count(code, "chunk") == 0


def test_a_list_for_n_shows_another_order() -> None:
    check = "assert chunk([1, 2, 3], 2) == [[1, 2], [3]]"
    assert contradicts(check, "chunk", _parameters("n", "lst"))
    assert contradicts(check, "chunk", _parameters("text", "n"))
    assert not contradicts(check, "chunk", _parameters("lst", "n"))
    assert not contradicts(check, "chunk", _parameters("whatever", "else"))
