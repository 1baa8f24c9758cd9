"""Requests are said in the words that the bundled model learned."""

from __future__ import annotations

import pytest

from llm_service.functions import FUNCTIONS, Function
from llm_service.functions.pipelines import Combination, pipeline
from llm_service.rewording.finder import Found, load_finder
from llm_service.rewording.opening import open_reworder
from llm_service.rewording.rewording import Reworder, constants_in, reworded


def function_called(name: str) -> Function:
    return next(each for each in FUNCTIONS if each.name == name)


def test_a_rewording_takes_the_number_and_checks_with_known_code() -> None:
    made = reworded("call it pieces: lists of 4 each", Found(function_called("chunk"), 0.9))
    assert made.name == "chunk"
    assert made.text.startswith("write a function called chunk that ")
    assert " 4" in made.text
    assert made.score == pytest.approx(0.9)
    assert made.assertions
    assert all(line.startswith("assert chunk(") for line in made.assertions)


def test_a_number_that_cannot_be_meant_gives_no_assertions_and_little_score() -> None:
    made = reworded("every 0th item", Found(function_called("take_every"), 0.9))
    assert made.assertions == ()
    assert made.score < 0.2


def test_a_constant_that_is_not_given_is_assumed_and_costs_score() -> None:
    given = constants_in("the largest ones", function_called("top_n"))
    assert given.assumed
    assert reworded("the largest ones", Found(function_called("top_n"), 0.8)).score < 0.5


def test_two_numbers_go_to_the_stages_that_they_belong_to() -> None:
    both = pipeline(Combination("over", "plus", "sum"))
    assert constants_in("add 5 to each above 10, sum it", both).constants == {"n": 10, "m": 5}
    assert constants_in("those above 10 plus 5, summed", both).constants == {"n": 10, "m": 5}


@pytest.mark.parametrize(
    "text", ["count the '\"' in a text", "split at '\\'", "words with the letter '{n}'"]
)
def test_no_text_of_a_request_can_end_a_string_of_the_code(text: str) -> None:
    for function in FUNCTIONS:
        if "s" in function.places:
            code = function.code(constants=constants_in(text, function).constants)
            compile(code, "code", "exec")
            assert "{n}" not in code


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("convert kilometres into miles", "km_to_miles"),
        ("how do i get from miles to kilometres in python", "miles_to_km"),
        ("spell a word from back to front", "reverse_string"),
        ("sum of all the even numbers", "sum_even"),
        ("remove all even numbers from a list", "list_odd"),
        ("drop those above 50 from a list of prices and give me what's left", "list_up_to"),
        ("a stack class", "Stack"),
    ],
)
async def test_the_real_finder_knows_what_is_meant(text: str, name: str) -> None:
    async with open_reworder() as reworder:
        [first, *_] = await reworder.reword(text, 3)
    assert first.name == name


async def test_what_is_like_nothing_known_scores_low() -> None:
    async with open_reworder() as reworder:
        found = await reworder.reword("a flask server with a login page and a database", 3)
    assert all(each.score < 0.5 for each in found)


class TwoWays:
    """An encoder that hears everything alike."""

    dimensions = 384

    async def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0] + [0.0] * 383 for _ in texts]


async def test_no_more_are_returned_than_asked_for_and_each_once() -> None:
    found = await Reworder(TwoWays(), load_finder()).reword("anything", 4)
    assert len(found) == 4
    assert len({each.name for each in found}) == 4
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
