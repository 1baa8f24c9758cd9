"""The embedded router's latency, beside asking the language model which route to take."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from agent_service.config import AgentSettings
from agent_service.router import open_router
from agent_service.router.dataset import load_utterances
from agent_service.router.latency import LENGTHS, utterances_of
from benchmarks.measuring import Measurement, measure, median_of
from core.ports import CallContext
from core.workflows import BUILT_IN
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.config import LlmSettings
from llm_service.prompt import Prompt, PromptMessage

_SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"decision": {"enum": list(BUILT_IN.names)}},
        "required": ["decision"],
        "additionalProperties": False,
    }
)


async def compare(repeats: int) -> dict[str, Any]:
    """Route the held-out utterances both ways; return medians and the ratio."""
    texts = [each.text for each in load_utterances("evaluation")]
    settings = LlmSettings()
    backend = await LlamaBackend.open(
        LlamaSettings(path=settings.model.path, threads=settings.threads)
    )
    embedded: list[Measurement] = []
    lengths = {words: utterances_of(words) for words in LENGTHS}
    by_length: dict[int, list[Measurement]] = {words: [] for words in LENGTHS}
    generated: list[Measurement] = []
    try:
        async with open_router(AgentSettings().router_path) as router:

            async def embed(number: int, some: Sequence[str] = texts) -> None:
                await router.route(some[number], CallContext("", "", ""))

            async def generate(number: int) -> None:
                message = PromptMessage("user", f"Which route: {texts[number]}")
                prompt = Prompt((message,), _SCHEMA, 32, 0.0, 0, ())
                await read_all(backend, prompt)

            for _ in range(repeats):
                embedded.append(await measure(embed, len(texts), 1))
                for words, some in lengths.items():
                    by_length[words].append(await measure(partial(embed, some=some), len(some), 1))
                generated.append(await measure(generate, len(texts), 1))
    finally:
        await backend.close()
    one, other = median_of(embedded), median_of(generated)
    return {
        "embedded_router": asdict(one),
        "embedded_router_by_words": {
            str(words): asdict(median_of(found)) for words, found in by_length.items()
        },
        "language_model": asdict(other),
        "p50_ratio": other.p50_ms / one.p50_ms,
    }
