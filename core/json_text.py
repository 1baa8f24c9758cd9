"""JSON from outside, and JSON to be kept: no NaN, no infinity, no endless nesting.

Python's own reader takes ``NaN`` and makes ``1e400`` infinite, and its writer writes both down
again, in a text that is no JSON any more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

MAX_DEPTH = 20
"""Levels of objects and lists that a value from outside may have; the wire has room for 33."""


def read_json(text: str, max_depth: int = MAX_DEPTH, *, any_text: bool = False) -> Any:
    """Return what a JSON text says. ``any_text``: halves of surrogate pairs are let through.

    Raises: ValueError (no JSON, a number that no double holds, nested deeper than ``max_depth``).
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as error:
        raise ValueError(f"it is nested over {max_depth} levels deep") from error
    check_json(value, max_depth, any_text=any_text)
    return value


def write_json(value: Any, *, sort_keys: bool = False, ensure_ascii: bool = True) -> str:
    """Return a value as JSON. Raises: ValueError when it holds NaN or an infinity."""
    return json.dumps(value, sort_keys=sort_keys, ensure_ascii=ensure_ascii, allow_nan=False)


def check_json(value: Any, max_depth: int = MAX_DEPTH, *, any_text: bool = False) -> None:
    """Check that a value can be JSON on the wire.

    Raises: JsonError naming the place.
    """
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        path, each, depth = waiting.pop()
        if isinstance(each, Mapping):
            inner = [(f"{path}.{key}", item) for key, item in each.items()]
            texts = [str(key) for key in each]
        elif isinstance(each, list | tuple):
            inner = [(f"{path}[{index}]", item) for index, item in enumerate(each)]
            texts = []
        else:
            _check_number(path, each)
            if isinstance(each, str) and not any_text:
                _check_texts(path, [each])
            continue
        if not any_text:
            _check_texts(path, texts)
        if depth >= max_depth:
            raise JsonError(f"is nested over {max_depth} levels deep", path)
        waiting += [(inner_path, item, depth + 1) for inner_path, item in inner]


class JsonError(ValueError):
    """A value that JSON on the wire cannot be; ``path`` leads to it, such as ``.a[0]``."""

    def __init__(self, message: str, path: str = "") -> None:
        """Say what is wrong at ``path``."""
        super().__init__(message)
        self.path = path[:200]


def _check_number(path: str, value: Any) -> None:
    if isinstance(value, int | float) and not _is_finite(value):
        raise JsonError("is no number of JSON (NaN, infinite, or too large for a double)", path)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number over 1.8e308
        return False


def _check_texts(path: str, texts: list[str]) -> None:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise JsonError("holds half of a surrogate pair, which is no character", path) from error


def _finite(literal: str) -> float:
    number = float(literal)
    if math.isinf(number):
        raise ValueError(f"the number {literal[:40]} is too large for a double")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
