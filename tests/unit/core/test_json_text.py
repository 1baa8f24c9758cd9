"""What is read as JSON is JSON, and what is written too."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given

from core.json_text import MAX_DEPTH, JsonError, check_json, read_json, write_json
from tests.json_values import NO_JSON, VALUES


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


@given(value=VALUES)
def test_what_is_json_comes_back(value: Any) -> None:
    assert read_json(write_json(value), 64) == json.loads(json.dumps(value))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 10**400, -(10**309)])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"a": [0, x]}, lambda x: [[x]]])
def test_no_number_beyond_a_double_is_kept(number: float, wrap: Any) -> None:
    with pytest.raises(JsonError, match="is no number of JSON") as refused:
        check_json(wrap(number))
    path = {dict: ".a[1]", list: "[0][0]"}.get(type(wrap(number)), "")
    assert refused.value.path == path
    if isinstance(number, float):
        with pytest.raises(ValueError, match="JSON compliant"):
            write_json(wrap(number))


def test_levels_are_counted_alike_for_lists_and_objects() -> None:
    def nested(levels: int, wrap: Any) -> Any:
        value: Any = wrap("x")
        for _ in range(levels - 1):
            value = wrap(value)
        return value

    for wrap in (lambda x: [x], lambda x: {"a": x}, lambda x: [{"b": x}]):
        each = 2 if wrap("x") == [{"b": "x"}] else 1
        check_json(nested(MAX_DEPTH // each, wrap))
        with pytest.raises(JsonError, match=f"over {MAX_DEPTH} levels"):
            check_json(nested(MAX_DEPTH // each + 1, wrap))
