"""A first step with a model: weights that are damaged compute nothing that is of use."""

from __future__ import annotations

import numpy as np

from llm_service.backends.llama.context import DecodeFailed, LlamaContext

_SEQUENCE = 0
_TOKEN = 1


def prove(context: LlamaContext) -> None:
    """Compute a step and look at the scores; the cache is empty again afterwards.

    Raises: ValueError when a step cannot be computed, or its scores are no numbers or all alike.
    """
    try:
        [index] = context.decode([(_SEQUENCE, 0, [_TOKEN], True)])
    except DecodeFailed as error:
        raise ValueError(f"it cannot compute a step ({error}): the file is damaged") from error
    scores = context.scores(index)
    context.forget(_SEQUENCE)
    if not np.isfinite(scores).all() or np.ptp(scores) == 0:
        raise ValueError("what it computes is of no use: the file is damaged")
