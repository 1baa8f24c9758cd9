"""From a model's logits where it names a route to the probability of every route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.routing import Route

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelScores:
    """The probability of every route, and ``mass``: how much of all probability they share.

    ``scores`` sum to 1. ``mass`` is in [0, 1]: what the model, left free, would have given to
    any of the routes at this place; near 0 it was about to write something else.
    """

    scores: Mapping[Route, float]
    mass: float


class LabelTokens:
    """Knows the tokens that a route's name can begin with.

    The names begin with different letters, so the first token of a name tells them apart,
    however the vocabulary cuts them: ``answer`` may be one token, or ``an`` and ``swer``.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        """Read a vocabulary: the bytes of every token, by its id."""
        alphabet = frozenset(b"".join(_ends()) + b'{" :decision')
        self._ids: dict[bytes, list[int]] = {}
        for token, piece in enumerate(pieces):
            if piece and alphabet.issuperset(piece):
                self._ids.setdefault(piece, []).append(token)

    def scores(self, logits: Logits, head: bytes) -> LabelScores:
        """Weigh the routes where a token begins with ``head`` (such as a quote) and then a name.

        ``logits`` has shape (vocabulary,). Raises: ValueError when they are no numbers, or no
        token of the vocabulary leads to a route.
        """
        if not np.isfinite(logits.max()):
            raise ValueError("the model's logits are no numbers")
        weights = np.exp(logits.astype(np.float64) - float(logits.max()))
        raw = {route: float(weights[self._leading_to(route, head)].sum()) for route in Route}
        labelled = sum(raw.values())
        if not labelled > 0:
            raise ValueError("no token leads to a route")
        scores = {route: value / labelled for route, value in raw.items()}
        return LabelScores(scores, min(1.0, labelled / float(weights.sum())))

    def _leading_to(self, route: Route, head: bytes) -> list[int]:
        name = _end(route)
        starts = (head + name[:length] for length in range(1, len(name) + 1))
        return [token for start in starts for token in self._ids.get(start, ())]


def _end(route: Route) -> bytes:
    return f'{route.value}"'.encode()


def _ends() -> list[bytes]:
    return [_end(route) for route in Route]
