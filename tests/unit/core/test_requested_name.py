"""The name that a request gives, and code put under it."""

from __future__ import annotations

import pytest

from core.requested_name import requested_name, under_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("write a function called tidy that sorts a list", "tidy"),
        ("make clamp_it(x, low, high)", "clamp_it"),
        ("write first_word: the first word of a text", "first_word"),
        ("def tally for counting votes", "tally"),
        ("class BoundedStack with push and pop", "BoundedStack"),
        ("a function named `go2`.", "go2"),
        ("write a function that sorts a list", ""),
        ("implement bubble sort", ""),
        ("implement stack with push and pop", ""),
        ("function sorted that sorts", ""),
    ],
)
def test_the_name_is_the_one_that_the_request_gives(text: str, name: str) -> None:
    assert requested_name(text) == name


CODE = "def double(x):\n    return double_of(x) if x else double(1)"


def test_only_the_name_itself_is_changed() -> None:
    assert under_name(CODE, "double", "twice") == (
        "def twice(x):\n    return double_of(x) if x else twice(1)"
    )


@pytest.mark.parametrize("wanted", ["", "double", "double_of", "x"])
def test_the_code_stays_where_the_name_is_none_the_same_or_taken(wanted: str) -> None:
    assert under_name(CODE, "double", wanted) == CODE


def test_broken_code_stays_as_it_is() -> None:
    assert under_name("def double(x:\n  '", "double", "twice") == "def double(x:\n  '"


def test_texts_in_the_code_are_left_alone() -> None:
    assert under_name("def a():\n    return 'a'", "a", "b") == "def b():\n    return 'a'"
