"""How the next token is drawn: one chain of llama.cpp samplers a generation."""

from __future__ import annotations

from typing import Any

import llama_cpp

from llm_service.backends.llama.loaded_model import LoadedModel
from llm_service.prompt import Prompt

# The defaults of llama.cpp's own completion.
_TOP_K = 40
_TOP_P = 0.95
_MIN_P = 0.05


def make_sampler(prompt: Prompt, grammar: str, model: LoadedModel) -> Any:
    """Return a sampler: what the grammar allows (empty: all), then greedy or by the seed.

    Whoever gets it frees it with `free_sampler`.
    """
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in _links(prompt, grammar, model):
        llama_cpp.llama_sampler_chain_add(chain, link)
    return chain


def free_sampler(sampler: Any) -> None:
    """Free a sampler and what it is made of."""
    llama_cpp.llama_sampler_free(sampler)


def _links(prompt: Prompt, grammar: str, model: LoadedModel) -> list[Any]:
    links = []
    if grammar:
        links.append(
            llama_cpp.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
        )
    if prompt.temperature == 0:
        return [*links, llama_cpp.llama_sampler_init_greedy()]
    return [
        *links,
        llama_cpp.llama_sampler_init_top_k(_TOP_K),
        llama_cpp.llama_sampler_init_top_p(_TOP_P, 1),
        llama_cpp.llama_sampler_init_min_p(_MIN_P, 1),
        llama_cpp.llama_sampler_init_temp(prompt.temperature),
        llama_cpp.llama_sampler_init_dist(prompt.seed),
    ]
