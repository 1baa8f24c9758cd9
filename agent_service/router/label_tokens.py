"""From a model's logits where it names a workflow to the probability of every workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.workflows import BUILT_IN, Workflows

Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LabelScores:
    """The probability of every workflow, and ``mass``: how much of all probability they share.

    ``scores`` sum to 1. ``mass`` is in [0, 1]: what the model, left free, would have given to
    any of them at this place; near 0 it was about to write something else.
    """

    scores: Mapping[str, float]
    mass: float


class LabelTokens:
    """Knows the tokens that a workflow's name can begin with.

    The first token that no other name begins with tells them apart, however the vocabulary cuts
    them: ``answer`` may be one token, or ``an`` and ``swer``.
    """

    def __init__(self, pieces: Sequence[bytes], workflows: Workflows = BUILT_IN) -> None:
        """Read a vocabulary: the bytes of every token, by its id."""
        self._names = workflows.names
        alphabet = frozenset(b"".join(map(_end, self._names)) + b'{" :decision')
        self._ids: dict[bytes, list[int]] = {}
        for token, piece in enumerate(pieces):
            if piece and alphabet.issuperset(piece):
                self._ids.setdefault(piece, []).append(token)

    def scores(self, logits: Logits, head: bytes) -> LabelScores:
        """Weigh the workflows where a token begins with ``head`` (such as a quote) and then a name.

        ``logits`` has shape (vocabulary,). Raises: ValueError when they are no numbers, or no
        token of the vocabulary leads to a workflow.
        """
        if not np.isfinite(logits.max()):
            raise ValueError("the model's logits are no numbers")
        weights = np.exp(logits.astype(np.float64) - float(logits.max()))
        raw = {name: float(weights[self._leading_to(name, head)].sum()) for name in self._names}
        labelled = sum(raw.values())
        if not labelled > 0:
            raise ValueError("no token leads to a workflow")
        scores = {name: value / labelled for name, value in raw.items()}
        return LabelScores(scores, min(1.0, labelled / float(weights.sum())))

    def _leading_to(self, name: str, head: bytes) -> list[int]:
        others = [_end(other) for other in self._names if other != name]
        whole = _end(name)
        starts = [whole[:length] for length in range(1, len(whole) + 1)]
        own = [each for each in starts if not any(other.startswith(each) for other in others)]
        return [token for start in own for token in self._ids.get(head + start, ())]


def _end(name: str) -> bytes:
    return f'{name}"'.encode()
