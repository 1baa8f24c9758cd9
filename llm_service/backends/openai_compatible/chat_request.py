"""From a prompt to the body of a chat completion."""

from __future__ import annotations

from typing import Any

from llm_service.backends.openai_compatible.control_texts import turns
from llm_service.backends.openai_compatible.json_output import schema_arguments
from llm_service.backends.openai_compatible.server import JsonMode
from llm_service.prompt import Prompt


def chat_request(
    prompt: Prompt, schema: dict[str, Any] | None, model: str, mode: JsonMode
) -> dict[str, Any]:
    """Return the arguments of ``chat.completions.create``, without those that say how to answer."""
    request: dict[str, Any] = {
        "model": model,
        "messages": turns(prompt.messages),
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "seed": prompt.seed,
    }
    if prompt.stop:
        request["stop"] = list(prompt.stop)
    if schema is not None:
        request |= schema_arguments(schema, mode)
    return request
