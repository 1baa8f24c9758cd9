"""What a grammar allows next, found among the most probable tokens first."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from llm_service.backends.llama.loaded_model import LoadedModel

_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)], align=True)
# A grammar looks at every token it is asked about: of 32,000 it takes ten milliseconds, three times
# as long as the step itself.
_FIRST_LOOK = 256

Candidates = NDArray[Any]
Scores = NDArray[np.float32]


class AllowedTokens:
    """A grammar on its way through one generation. Whoever makes it closes it."""

    def __init__(self, grammar: str, named_by: str, model: LoadedModel) -> None:
        """Start at the rule ``root``; ``named_by`` is the request's field that it came from.

        Raises: InvalidInput (llama.cpp does not take the grammar).
        """
        self._named_by = named_by
        self._sampler = llama_cpp.llama_sampler_init_grammar(
            model.vocabulary, grammar.encode(), b"root"
        )
        if not self._sampler:  # why is only printed
            raise InvalidInput(f"{named_by}: llama.cpp cannot read the grammar", named_by)

    def among(self, scores: Scores, wanted: int, spread: float) -> Candidates:
        """Return the allowed tokens, all that matter of them.

        Those are the ``wanted`` most probable, of which none that scores ``spread`` less than the
        best matters. Raises: InvalidInput (none is allowed).
        """
        if len(scores) > _FIRST_LOOK:
            best = np.argpartition(scores, -_FIRST_LOOK)[-_FIRST_LOOK:]
            allowed = self._filter(best, scores)
            reaches = len(allowed) and allowed["logit"].max() - scores[best].min() > spread
            if reaches or len(allowed) >= wanted:
                return allowed
        allowed = self._filter(np.arange(len(scores)), scores)
        if not len(allowed):
            raise InvalidInput(
                f"{self._named_by} allows no further text that the model's vocabulary has",
                self._named_by,
            )
        return allowed

    def accept(self, token: int) -> None:
        """Go on behind a token that is allowed: llama.cpp ends the process at any other."""
        llama_cpp.llama_sampler_accept(self._sampler, token)

    def close(self) -> None:
        """Free the grammar."""
        llama_cpp.llama_sampler_free(self._sampler)

    def _filter(self, tokens: NDArray[Any], scores: Scores) -> Candidates:
        candidates = np.zeros(len(tokens), dtype=_TOKEN_DATA)
        candidates["id"] = tokens
        candidates["logit"] = scores[tokens]
        array = token_array(candidates)
        llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return candidates[candidates["logit"] > -np.inf]


def token_array(candidates: Candidates) -> Any:
    """Return ``candidates`` as llama.cpp's samplers take them; they must outlive it."""
    return llama_cpp.llama_token_data_array(
        data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
        size=len(candidates),
        selected=-1,
        sorted=False,
    )
