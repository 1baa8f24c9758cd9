"""Prompts whose output must fit a schema or a grammar, and a model to ask."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.reading import read_all
from llm_service.config import BUNDLED_MODEL
from llm_service.prompt import Finished, Prompt, PromptMessage


@asynccontextmanager
async def opened() -> AsyncIterator[LlamaBackend]:
    """The bundled model."""
    backend = await LlamaBackend.open(LlamaSettings(path=BUNDLED_MODEL))
    try:
        yield backend
    finally:
        await backend.close()


def asking(schema: Any = None, grammar: str = "", seed: int = 1, max_tokens: int = 200) -> Prompt:
    """A prompt for any output that fits."""
    message = PromptMessage("user", "say something")
    text = "" if schema is None else json.dumps(schema)
    return Prompt((message,), text, max_tokens, 1.0, seed, (), grammar)


async def written(backend: LlamaBackend, prompt: Prompt) -> tuple[str, Finished]:
    """Return the output and how it ended."""
    return await read_all(backend, prompt)
