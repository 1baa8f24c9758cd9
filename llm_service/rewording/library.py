"""Every function that the bundled model learned, with each of its descriptions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from llm_service.training.function import Function
from llm_service.training.functions import FUNCTIONS
from llm_service.training.pipelines import combinations, pipeline

_SEED = 17
_PLACEHOLDER = "{n}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One description of a function; ``{n}`` in it stands for a constant."""

    function: Function
    description: str

    @property
    def needs_constant(self) -> bool:
        """Whether the description speaks of a constant."""
        return _PLACEHOLDER in self.description


def entries() -> Iterator[Entry]:
    """Yield the library, the same each time."""
    for function in FUNCTIONS:
        for description in function.descriptions:
            yield Entry(function, description)
    rng = random.Random(_SEED)
    for combination in combinations():
        # One of each is enough, and embedding them all is what a start waits for.
        function = pipeline(combination, rng, _PLACEHOLDER)
        yield Entry(function, function.descriptions[0])
