"""Every function that is written down runs, can be told from a wrong one, and is asked for."""

from __future__ import annotations

import ast
import re
from collections import Counter

import pytest

from llm_service.functions import FUNCTIONS, Function
from llm_service.functions.function import put_in
from llm_service.functions.requests import known_request

_PLACE = re.compile(r"\{([nms])\}")
_LEAST_FUNCTIONS, _LEAST_WORDINGS = 150, 20


def places_in(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def test_there_are_enough_and_no_name_stands_twice() -> None:
    assert len(FUNCTIONS) >= _LEAST_FUNCTIONS
    assert [name for name, count in Counter(f.name for f in FUNCTIONS).items() if count > 1] == []


def test_no_wording_is_that_of_two_functions() -> None:
    asked = Counter(wording for f in FUNCTIONS for wording in {each.lower() for each in f.wordings})
    assert [wording for wording, count in asked.items() if count > 1] == []


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_a_function_does_what_its_assertions_say_under_any_name(function: Function) -> None:
    name = "Renamed" if function.is_class else "renamed"
    for constants in function.constants or ({},):
        code = function.code(name, constants)
        assert [node.name for node in ast.parse(code).body if hasattr(node, "name")] == [name]
        checks = function.assertions(name, constants)
        assert checks
        namespace: dict[str, object] = {}
        exec("\n".join([code, *checks]), namespace)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_a_function_is_asked_for_in_many_ways(function: Function) -> None:
    assert len({wording.lower() for wording in function.wordings}) >= _LEAST_WORDINGS
    assert all(places_in(does) == function.places for does in function.does)
    assert all(places_in(wording) <= function.places for wording in function.wordings)


def test_a_known_request_names_the_function_and_its_constants() -> None:
    [function] = [each for each in FUNCTIONS if each.name == "top_n"]
    text = known_request(function, {"n": 7})
    assert text.startswith("write a function called top_n that ")
    assert "7" in text and "{" not in text


def test_constants_stand_where_their_places_were() -> None:
    assert put_in("{n} to {m}: '{s}'", {"n": 1, "m": 2, "s": "x"}) == "1 to 2: 'x'"
