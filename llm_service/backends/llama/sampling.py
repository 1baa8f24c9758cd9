"""How the next token is drawn: one chain of llama.cpp samplers a generation."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.prompt import Prompt

# The defaults of llama.cpp's own completion.
_TOP_K = 40
_TOP_P = 0.95
_MIN_P = 0.05
_TOKEN_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)], align=True)


class Sampler:
    """Draws the tokens of one generation. Whoever gets it frees it."""

    def __init__(self, chain: Any, constrained_by: str) -> None:
        """Own a ``chain``; ``constrained_by`` names the field of its grammar, empty: free text."""
        self._chain = chain
        self._constrained_by = constrained_by

    def draw(self, context: Any, index: int) -> int:
        """Return the next token by the scores of a llama_context at ``index``.

        Raises: InvalidInput (the grammar allows no token of the model's vocabulary).
        """
        if not self._constrained_by:
            return int(llama_cpp.llama_sampler_sample(self._chain, context, index))
        return self._draw_allowed(context, index)

    def free(self) -> None:
        """Free the chain and what it is made of."""
        llama_cpp.llama_sampler_free(self._chain)

    def _draw_allowed(self, context: Any, index: int) -> int:
        """Look before telling: a grammar that is told a token it forbids ends the process."""
        vocabulary = llama_cpp.llama_model_get_vocab(llama_cpp.llama_get_model(context))
        size = int(llama_cpp.llama_vocab_n_tokens(vocabulary))
        scores = llama_cpp.llama_get_logits_ith(context, index)
        candidates = _candidates(np.ctypeslib.as_array(scores, shape=(size,)))
        array = llama_cpp.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
            size=size,
            selected=-1,
            sorted=False,
        )
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        chosen = array.data[array.selected] if 0 <= array.selected < array.size else None
        if chosen is None or not chosen.logit > -math.inf:
            raise InvalidInput(
                f"{self._constrained_by} allows no further text that the model's vocabulary has",
                self._constrained_by,
            )
        llama_cpp.llama_sampler_accept(self._chain, chosen.id)
        return int(chosen.id)


def make_sampler(prompt: Prompt, grammar: str, model: LoadedModel) -> Sampler:
    """Return a sampler: what the grammar allows (empty: all), then greedy or by the seed.

    Raises: InvalidInput (llama.cpp does not take the grammar).
    """
    constrained_by = ("json_schema" if prompt.json_schema else "grammar") if grammar else ""
    links = [_grammar(grammar, constrained_by, model)] if grammar else []
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in [*links, *_links(prompt)]:
        llama_cpp.llama_sampler_chain_add(chain, link)
    return Sampler(chain, constrained_by)


def _grammar(grammar: str, constrained_by: str, model: LoadedModel) -> Any:
    sampler = llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
    if not sampler:  # why is only printed
        raise InvalidInput(f"{constrained_by}: llama.cpp cannot read the grammar", constrained_by)
    return sampler


def _links(prompt: Prompt) -> list[Any]:
    if prompt.temperature == 0:
        return [llama_cpp.llama_sampler_init_greedy()]
    return [
        llama_cpp.llama_sampler_init_top_k(_TOP_K),
        llama_cpp.llama_sampler_init_top_p(_TOP_P, 1),
        llama_cpp.llama_sampler_init_min_p(_MIN_P, 1),
        llama_cpp.llama_sampler_init_temp(prompt.temperature),
        llama_cpp.llama_sampler_init_dist(prompt.seed),
    ]


def _candidates(scores: NDArray[np.float32]) -> NDArray[Any]:
    candidates = np.zeros(len(scores), dtype=_TOKEN_DATA)
    candidates["id"] = np.arange(len(scores))
    candidates["logit"] = scores
    return candidates
