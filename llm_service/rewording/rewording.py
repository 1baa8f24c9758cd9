"""From a request in somebody's words to requests that the bundled model answers right.

A small model knows its functions, but only some ways to ask for them. The finder tells which
function is meant; it is asked for in the model's own words, with the request's own constants.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.ports import Embedder
from llm_service.functions import Constants, Function
from llm_service.functions.requests import known_request
from llm_service.rewording.finder import Finder, Found
from llm_service.rewording.request_parts import changing_number, numbers_in, texts_in
from shared.bundled_model import Rewording

_MAX_CONSTANT = 10_000
# More are looked at than returned: some need what the request does not give.
_LOOKED_AT = 3
_NOT_GIVEN = 0.5  # what is left of a probability when a constant has to be assumed


@dataclass(frozen=True, slots=True)
class Given:
    """The constants that a request gives to a function; ``assumed`` when it gives too few."""

    constants: Constants
    assumed: bool


class Reworder:
    """Finds what a request may mean among the functions that the model learned."""

    def __init__(self, encoder: Embedder, finder: Finder) -> None:
        """Find with ``finder`` on the vectors of ``encoder``, which belong together."""
        self._encoder = encoder
        self._finder = finder

    async def reword(self, text: str, limit: int) -> list[Rewording]:
        """Return at most ``limit`` rewordings of ``text``, one a function, best first."""
        [vector] = await self._encoder.embed([text])
        # Known code runs for its assertions: some milliseconds that no other call should wait for.
        return await asyncio.to_thread(self._reword, text, vector, limit)

    def _reword(self, text: str, vector: list[float], limit: int) -> list[Rewording]:
        found = self._finder.rank(np.asarray(vector, np.float32), _LOOKED_AT * limit)
        reworded_ones = sorted(
            (reworded(text, each) for each in found), key=lambda each: -each.score
        )
        return reworded_ones[:limit]


def reworded(text: str, found: Found) -> Rewording:
    """Return the wish for a function with the constants that ``text`` gives."""
    function = found.function
    given = constants_in(text, function)
    try:
        checks = function.assertions(constants=given.constants)
    except (ArithmeticError, ValueError, LookupError):
        checks = []  # this function can't be meant with these numbers: every 0th item
    score = found.probability * (_NOT_GIVEN if given.assumed else 1.0) * (1.0 if checks else 0.1)
    return Rewording(known_request(function, given.constants), function.name, tuple(checks), score)


def constants_in(text: str, function: Function) -> Given:
    """Return what ``text`` gives for the places of ``function``, usual values where it does not."""
    if not function.constants:
        return Given({}, assumed=False)
    usual = function.constants[0]
    numbers = [number for number in numbers_in(text) if number <= _MAX_CONSTANT]
    changing = changing_number(text) if {"n", "m"} <= usual.keys() else None
    if changing in numbers:
        numbers.remove(changing)
        numbers.insert(1, changing)
    given: dict[str, Sequence[int | str]] = {
        "n": numbers[:1],
        "m": numbers[len(usual.keys() & {"n"}) :][:1],
        "s": texts_in(text),
    }
    constants = {place: (given[place] or [usual[place]])[0] for place in usual}
    return Given(constants, assumed=not all(given[place] for place in usual))
