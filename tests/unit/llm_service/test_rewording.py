"""Requests are said in the words that the bundled model learned."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from llm_service.rewording.concepts import agreement, concepts
from llm_service.rewording.library import Entry, entries
from llm_service.rewording.request_parts import numbers_in, requested_name
from llm_service.rewording.rewording import Reworder, reworded

LIBRARY = list(entries())


def entry_of(name: str) -> Entry:
    return next(each for each in LIBRARY if each.function.name == name)


class SameEmbedder:
    """Finds everything alike, so that the meanings decide."""

    dimensions = 2

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("write a function called tidy that sorts a list", "tidy"),
        ("make clamp_it(x, low, high)", "clamp_it"),
        ("write first_word: the first word of a text", "first_word"),
        ("write a function that sorts a list", ""),
        ("implement bubble sort", ""),
        ("function sorted that sorts", ""),
    ],
)
def test_the_name_is_the_one_that_the_request_gives(text: str, name: str) -> None:
    assert requested_name(text) == name


def test_numbers_are_read_in_digits_and_in_words() -> None:
    assert numbers_in("the three largest, rotated by 4") == [4, 3]
    assert numbers_in("on 2024-03-15 at 1.5 km") == []


def test_a_rewording_takes_the_name_and_the_number_and_checks_with_known_code() -> None:
    found = reworded("call it pieces: lists of 4 each", entry_of("chunk"), 0.9)
    assert found.name == "pieces"
    assert found.text.startswith("write a function called pieces that ")
    assert " 4" in found.text
    assert all(line.startswith("assert pieces(") for line in found.assertions)


def test_a_number_that_cannot_be_meant_gives_no_assertions() -> None:
    assert reworded("every 0th item", entry_of("take_every"), 0.9).assertions == ()


def test_the_library_is_the_same_each_time() -> None:
    assert [each.description for each in entries()] == [each.description for each in LIBRARY]


def test_even_and_odd_are_different_meanings() -> None:
    assert agreement(concepts("even numbers"), concepts("the even ones")) == 1
    assert agreement(concepts("even numbers"), concepts("odd numbers")) == 0


async def test_the_meaning_decides_where_the_embedding_does_not() -> None:
    library = [entry_of("is_odd"), entry_of("is_even")]
    [first, second] = await Reworder(SameEmbedder(), library).reword("even?", 2)
    assert (first.name, second.name) == ("is_even", "is_odd")
    assert first.score > second.score
