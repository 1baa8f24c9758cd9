"""How the next token is drawn: one chain of llama.cpp samplers a generation."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import llama_cpp

from llm_service.backends.llama.grammars.allowed_tokens import AllowedTokens, Scores, token_array
from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.prompt import Prompt

# The defaults of llama.cpp's own completion.
_TOP_K = 40
_TOP_P = 0.95
_MIN_P = 0.05


class Sampler:
    """Draws the tokens of one generation. Whoever gets it frees it."""

    def __init__(self, chain: Any, allowed: AllowedTokens | None, *, greedy: bool) -> None:
        """Own a ``chain`` that chooses, and what limits its choice; ``allowed`` None: nothing."""
        self._chain = chain
        self._allowed = allowed
        self._greedy = greedy
        self._wanted = 1 if greedy else _TOP_K
        self._spread = 0.0 if greedy else -math.log(_MIN_P)

    def draw(self, context: Any, index: int, scores: Callable[[int], Scores]) -> int:
        """Return the next token by the ``scores`` of a llama_context at ``index``.

        Raises: InvalidInput (the grammar allows no token of the model's vocabulary).
        """
        if self._allowed is None and self._greedy:
            # llama.cpp would first write a list of twelve bytes for every word of the vocabulary.
            return int(scores(index).argmax())
        if self._allowed is None:
            return int(llama_cpp.llama_sampler_sample(self._chain, context, index))
        return self._draw_allowed(self._allowed, scores(index))

    def free(self) -> None:
        """Free the chain and what it is made of."""
        llama_cpp.llama_sampler_free(self._chain)
        if self._allowed is not None:
            self._allowed.close()

    def _draw_allowed(self, allowed: AllowedTokens, scores: Scores) -> int:
        candidates = allowed.among(scores, self._wanted, self._spread)
        array = token_array(candidates)
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(array))
        chosen = int(array.data[array.selected].id)
        llama_cpp.llama_sampler_accept(self._chain, chosen)
        allowed.accept(chosen)
        return chosen


def make_sampler(prompt: Prompt, grammar: str, model: LoadedModel) -> Sampler:
    """Return a sampler: of what the grammar allows (empty: all), greedily or by the seed.

    Raises: InvalidInput (llama.cpp does not take the grammar).
    """
    named_by = "json_schema" if prompt.json_schema else "grammar"
    allowed = AllowedTokens(grammar, named_by, model) if grammar else None
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in _links(prompt):
        llama_cpp.llama_sampler_chain_add(chain, link)
    return Sampler(chain, allowed, greedy=prompt.temperature == 0)


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
