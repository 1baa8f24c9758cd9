"""Which function a request means: linear heads on the vector of a tuned sentence encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import StartupError
from llm_service.functions import FUNCTIONS, Function
from llm_service.functions.equals import group_of
from llm_service.functions.pipelines import Combination, pipeline

FINDER_PATH = Path(__file__).parent / "finder.npz"
PIPELINE, UNKNOWN = "(list pipeline)", "(unknown)"
_STAGES = ("filter", "map", "aggregate")
_STAGE_CHOICES = 3
Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A function that a request may mean, and how probable that is."""

    function: Function
    probability: float


@dataclass(frozen=True)
class Finder:
    """Weights of shape (labels, dimensions) and biases of shape (labels,), by head.

    ``temperature`` calibrates the probabilities of the functions' head. ``changes`` are what was
    learned on top of the encoder's published weights.
    """

    weights: Mapping[str, Vector]
    biases: Mapping[str, Vector]
    labels: Mapping[str, tuple[str, ...]]
    temperature: float
    changes: Mapping[str, Vector]
    sha256: str

    def rank(self, vector: Vector, limit: int) -> list[Found]:
        """Return the ``limit`` most probable functions for a unit vector, the best first."""
        found: list[Found] = []
        for label, probability in self._ranked("function", vector, self.temperature)[:limit]:
            if label == PIPELINE:
                found += self._pipelines(vector, probability)
            elif label != UNKNOWN:
                found.append(Found(self._functions[label], probability))
        return _summed(sorted(found, key=lambda each: -each.probability))[:limit]

    def _pipelines(self, vector: Vector, probability: float) -> list[Found]:
        stages = [self._ranked(name, vector, 1.0)[:_STAGE_CHOICES] for name in _STAGES]
        return [
            Found(pipeline(combination), probability * kept[1] * mapped[1] * aggregate[1])
            for kept, mapped, aggregate in product(*stages)
            if (combination := Combination(kept[0], mapped[0], aggregate[0])).makes_sense
        ]

    def _ranked(self, head: str, vector: Vector, temperature: float) -> list[tuple[str, float]]:
        logits = (self.weights[head] @ vector + self.biases[head]) / temperature
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        return [(self.labels[head][int(at)], float(shares[at])) for at in np.argsort(-shares)]

    @cached_property
    def _functions(self) -> Mapping[str, Function]:
        return {function.name: function for function in FUNCTIONS}


def _summed(ranked: list[Found]) -> list[Found]:
    """Give the best of functions that do the same the probability of them all."""
    best: dict[str, Found] = {}
    for each in ranked:
        group = group_of(each.function.name)
        first = best.get(group)
        total = each.probability + (first.probability if first else 0.0)
        best[group] = Found(first.function if first else each.function, total)
    return sorted(best.values(), key=lambda each: -each.probability)


def load_finder(path: Path = FINDER_PATH) -> Finder:
    """Read a finder.

    Raises: StartupError when the file is missing or damaged, or knows other functions than those
    written down in `llm_service.functions`.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
        finder = _finder(arrays, hashlib.sha256(path.read_bytes()).hexdigest())
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise StartupError(f"the finder {path} cannot be read ({error}): {_REMEDY}") from error
    known = {*(function.name for function in FUNCTIONS), PIPELINE, UNKNOWN}
    if set(finder.labels["function"]) != known:
        raise StartupError(f"the finder {path} was trained on other functions: {_REMEDY}")
    return finder


_REMEDY = "python -m llm_service.training.finder.train makes it"


def _finder(arrays: Mapping[str, NDArray[np.generic]], sha256: str) -> Finder:
    heads = ("function", *_STAGES)
    return Finder(
        {name: arrays[f"{name}.weight"].astype(np.float32) for name in heads},
        {name: arrays[f"{name}.bias"].astype(np.float32) for name in heads},
        {name: tuple(str(label) for label in arrays[f"{name}.labels"]) for name in heads},
        float(arrays["temperature"]),
        {name: value.astype(np.float32) for name, value in arrays.items() if "encoder" in name},
        sha256,
    )
