"""Requests with what they mean: a function, a list pipeline or nothing that is known."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from llm_service.functions import FUNCTIONS, Function
from llm_service.functions.function import put_in
from llm_service.functions.held_out import Part, part_of
from llm_service.functions.pipeline_phrases import worded
from llm_service.functions.pipeline_wordings import load_pipeline_wordings
from llm_service.functions.pipelines import Combination, combinations, pipeline
from llm_service.functions.requests import load_unknown_requests
from llm_service.rewording.finder import PIPELINE, UNKNOWN
from llm_service.training.examples import draw_constants
from llm_service.training.wording import request

_MADE_PIPELINES = 900
_FRAMED = 1  # framed descriptions of a function, an epoch
_QUOTES = ("'{}'", '"{}"', "{}")


@dataclass(frozen=True, slots=True)
class LabelledRequest:
    """A request; ``combination`` is that of a list pipeline."""

    text: str
    label: str
    combination: Combination | None = None


def training_requests(rng: random.Random) -> list[LabelledRequest]:
    """Return an epoch: every wording once with other constants, and descriptions in frames."""
    found = list(_written(Part.TRAINING, rng))
    for function in FUNCTIONS:
        for _ in range(_FRAMED):
            text = put_in(rng.choice(function.does), draw_constants(function, rng))
            found.append(LabelledRequest(request(text, function, rng).text, function.name))
    trained = [each for each in combinations() if not each.held_out]
    for _ in range(_MADE_PIPELINES):
        combination = rng.choice(trained)
        found.append(_pipeline_request(worded(combination, rng), combination, rng))
    return found


def held_out_requests(part: Part, seed: int) -> list[LabelledRequest]:
    """Return the written requests that training never sees."""
    return list(_written(part, random.Random(seed)))


def _written(part: Part, rng: random.Random) -> Iterator[LabelledRequest]:
    for function in FUNCTIONS:
        for wording in function.wordings:
            if part_of(wording) is part:
                yield LabelledRequest(_filled(wording, function, rng), function.name)
    for each in load_pipeline_wordings():
        if part_of(each.text) is part:
            yield _pipeline_request(each.text, each.combination, rng)
    for text in load_unknown_requests():
        if part_of(text) is part:
            yield LabelledRequest(text, UNKNOWN)


def _pipeline_request(text: str, combination: Combination, rng: random.Random) -> LabelledRequest:
    return LabelledRequest(_filled(text, pipeline(combination), rng), PIPELINE, combination)


def _filled(wording: str, function: Function, rng: random.Random) -> str:
    """Put constants into a wording; a text is quoted at times, as people do."""
    constants = dict(draw_constants(function, rng))
    if "s" in constants and "'{s}'" not in wording and '"{s}"' not in wording:
        constants["s"] = rng.choice(_QUOTES).format(constants["s"])
    return put_in(wording, constants)
