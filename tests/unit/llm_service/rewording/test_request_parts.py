"""Numbers and short texts are read out of a request."""

from __future__ import annotations

import pytest

from llm_service.rewording.request_parts import changing_number, numbers_in, texts_in


def test_numbers_are_read_in_digits_and_in_words() -> None:
    assert numbers_in("the three largest, rotated by 4") == [4, 3]
    assert numbers_in("on 2024-03-15 at 1.5 km") == []
    assert numbers_in("everything >=10") == [10]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("add 5 to each number above 10", 5),
        ("numbers over 10 multiplied by 3", 3),
        ("numbers over 10, 3 added to each", 3),
        ("numbers divisible by 3", None),
    ],
)
def test_the_number_that_changes_each_is_told_from_the_one_that_chooses(
    text: str, number: int | None
) -> None:
    assert changing_number(text) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("count how often 'e' occurs", ["e"]),
        ("words that begin with the letter b", ["b"]),
        ("split at every semicolon", [";"]),
        ("it's a list of words", []),
        ("count a'); import os; ('", []),
    ],
)
def test_short_texts_are_quoted_ones_marks_and_letters(text: str, found: list[str]) -> None:
    assert texts_in(text) == found
