"""Temperature 0 under a grammar: the most probable token that the grammar allows."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import llama_cpp
import numpy as np
from llama_cpp.llama_grammar import json_schema_to_gbnf

from agent_service.router.label_tokens import Logits

_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)], align=True)
# The best token nearly always fits; asking the grammar about a whole vocabulary takes long.
_FIRST_TRIES = (1, 64)


class GreedyGrammar:
    """One run through a grammar."""

    def __init__(self, sampler: Any) -> None:
        """Use llama.cpp's grammar ``sampler``, as yet unused."""
        self._sampler = sampler

    def choose(self, logits: Logits) -> int | None:
        """Return the best token that the grammar allows next, and go on from it; None: none.

        ``logits`` has shape (vocabulary,). llama.cpp kills the process when a token is accepted
        that its grammar does not allow, so none is.
        """
        for count in (*_FIRST_TRIES, len(logits)):
            token = self._best_of(_best(logits, min(count, len(logits))), logits)
            if token is not None:
                llama_cpp.llama_sampler_accept(self._sampler, token)
                return token
        return None

    def _best_of(self, tokens: Any, logits: Logits) -> int | None:
        candidates = np.zeros(len(tokens), dtype=_TOKEN_DATA)
        candidates["id"] = tokens
        candidates["logit"] = logits[tokens]
        array = llama_cpp.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
            size=len(tokens),
            selected=-1,
            sorted=False,
        )
        llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
        best = candidates[int(np.argmax(candidates["logit"]))]
        return int(best["id"]) if np.isfinite(best["logit"]) else None


@contextmanager
def open_grammar(model: Any, json_schema: str) -> Iterator[GreedyGrammar]:
    """Compile a JSON Schema for a loaded ``model`` (a llama_model pointer).

    Raises: ValueError when llama.cpp does not take it.
    """
    vocabulary = llama_cpp.llama_model_get_vocab(model)
    grammar = json_schema_to_gbnf(json_schema)
    sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
    if not sampler:
        raise ValueError("the grammar of the decision cannot be used with this model")
    try:
        yield GreedyGrammar(sampler)
    finally:
        llama_cpp.llama_sampler_free(sampler)


def _best(logits: Logits, count: int) -> Any:
    if count == 1:
        return np.asarray([int(np.argmax(logits))])
    if count >= len(logits):
        return np.arange(len(logits))
    return np.argpartition(logits, -count)[-count:]
