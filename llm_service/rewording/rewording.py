"""From a request in somebody's words to requests that the bundled model answers right.

A small model knows its functions, but only some ways to ask for them. An embedding tells which
function is meant; its description, with the request's own name and number, is asked for instead.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.ports import Embedder, Rewording
from llm_service.rewording.concepts import agreement, concepts
from llm_service.rewording.library import Entry, entries
from llm_service.rewording.request_parts import numbers_in, requested_name
from llm_service.training.examples import assertions

# The best, of 0 to 0.8, for the tuning wordings and for descriptions looked for without themselves.
_AGREEMENT_WEIGHT = 0.15
_MAX_CONSTANT = 1000
_USUAL_CONSTANT = 3
_EMBEDDED_AT_ONCE = 16
_DIGITS = re.compile(r"\d+")


class Reworder:
    """Finds what a request may mean among the functions that the model learned."""

    def __init__(self, embedder: Embedder, library: Sequence[Entry] | None = None) -> None:
        """Compare with ``embedder``; the library is all that the model learned, unless given."""
        self._embedder = embedder
        self._library = list(entries() if library is None else library)
        self._concepts = [concepts(entry.description) for entry in self._library]
        self._vectors: NDArray[np.float32] | None = None
        self._once = asyncio.Lock()

    async def prepare(self) -> None:
        """Embed the library, which takes seconds; the first `reword` waits for it."""
        await self._embedded()

    async def reword(self, text: str, limit: int) -> list[Rewording]:
        """Return at most ``limit`` rewordings of ``text``, one a function, best first."""
        scores = await self._scores(text)
        best: dict[str, int] = {}
        for index in np.argsort(-scores, kind="stable"):
            best.setdefault(self._library[int(index)].function.name, int(index))
            if len(best) == limit:
                break
        return [reworded(text, self._library[at], float(scores[at])) for at in best.values()]

    async def _scores(self, text: str) -> NDArray[np.float32]:
        vectors = await self._embedded()
        [vector] = await self._embedder.embed([_same_numbers(text)])
        asked = concepts(text)
        agreements = [agreement(asked, each) for each in self._concepts]
        cosines = vectors @ np.asarray(vector, np.float32)
        return np.asarray(cosines + _AGREEMENT_WEIGHT * np.asarray(agreements, np.float32))

    async def _embedded(self) -> NDArray[np.float32]:
        async with self._once:
            if self._vectors is None:
                texts = [_same_numbers(entry.description) for entry in self._library]
                vectors: list[list[float]] = []
                # By small lots: a router or a query that embeds must not wait for all of it.
                for start in range(0, len(texts), _EMBEDDED_AT_ONCE):
                    vectors += await self._embedder.embed(texts[start : start + _EMBEDDED_AT_ONCE])
                self._vectors = np.asarray(vectors, np.float32)
            return self._vectors


def reworded(text: str, entry: Entry, score: float) -> Rewording:
    """Return the wish for the entry's function with the name and the number that ``text`` gives."""
    constant = _constant(text, entry)
    number = "" if constant is None else str(constant)
    name = requested_name(text) or entry.function.name.replace("{n}", number)
    try:
        checks = assertions(entry.function, entry.function.code(name, constant))
    except (ArithmeticError, ValueError):
        checks = []  # this function can't be meant with this number: every 0th item
    wish = f"write a function called {name} that {entry.description.replace('{n}', number)}"
    return Rewording(wish, name, tuple(checks), score)


def _constant(text: str, entry: Entry) -> int | None:
    """Return the number that the request gives, else a usual one; None where none is needed."""
    usual = entry.function.constants or (_USUAL_CONSTANT,)
    if entry.needs_constant:
        given = [number for number in numbers_in(text) if number <= _MAX_CONSTANT]
        return given[0] if given else usual[0]
    return usual[0] if entry.function.constants else None


def _same_numbers(text: str) -> str:
    """Return ``text`` with every number the same: which one it is says nothing of the meaning."""
    return _DIGITS.sub(str(_USUAL_CONSTANT), text.replace("{n}", str(_USUAL_CONSTANT)))
