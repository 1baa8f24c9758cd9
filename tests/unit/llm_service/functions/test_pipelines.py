"""List pipelines: every combination runs, and what is held out stays out of training."""

from __future__ import annotations

import random

import pytest

from llm_service.functions.held_out import Part, is_held_out, part_of
from llm_service.functions.pipeline_phrases import worded
from llm_service.functions.pipeline_wordings import load_pipeline_wordings
from llm_service.functions.pipelines import Combination, combinations, pipeline
from llm_service.functions.requests import load_unknown_requests


def test_every_combination_runs_and_is_described() -> None:
    for combination in combinations():
        function = pipeline(combination)
        for constants in function.constants or ({},):
            assert function.assertions(constants=constants)
        assert function.places == {place for place in "nm" if f"{{{place}}}" in function.does[0]}


@pytest.mark.parametrize(
    ("combination", "given", "expected"),
    [
        (Combination("even", "squares", "sum"), [1, 2, 4], 20),
        (Combination("from", "plus", "list"), [2, 3, 4], [7, 8]),
        (Combination("none", "none", "average"), [1, 2], 1.5),
        (Combination("negative", "none", "any"), [1, -2], True),
        (Combination("not_by", "halves", "descending"), [3, 4, 8], [4.0, 2.0]),
    ],
)
def test_a_combination_does_what_its_stages_say(
    combination: Combination, given: list[int], expected: object
) -> None:
    function = pipeline(combination)
    namespace: dict[str, object] = {"given": given}
    exec(function.code("f", {"n": 3, "m": 4}), namespace)
    assert eval("f(given)", namespace) == expected


def test_wordings_that_people_wrote_mean_combinations_that_make_sense() -> None:
    written = load_pipeline_wordings()
    assert len(written) > 400
    for each in written:
        places = {place for place in "nm" if f"{{{place}}}" in each.text}
        assert each.combination.makes_sense, each
        assert places == pipeline(each.combination).places, each


def test_made_wordings_keep_their_places() -> None:
    rng = random.Random(1)
    for combination in combinations():
        text = worded(combination, rng)
        assert {place for place in "nm" if f"{{{place}}}" in text} == pipeline(combination).places


def test_what_is_held_out_is_a_small_part_and_the_same_each_time() -> None:
    texts = [str(number) for number in range(2400)]
    held_out = [text for text in texts if is_held_out(text)]
    assert 120 < len(held_out) < 280
    assert {part_of(text) for text in held_out} == {Part.CALIBRATION, Part.EVALUATION}
    assert [text for text in texts if is_held_out(text)] == held_out


def test_unknown_requests_stand_once() -> None:
    texts = load_unknown_requests()
    assert len(texts) == len(set(texts)) > 300
