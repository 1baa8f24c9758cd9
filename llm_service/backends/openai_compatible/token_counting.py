"""How long prompts are: as the server counts them, where it counts for others; else an estimate."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import openai
from openai import AsyncOpenAI

from core.errors import InvalidInput, Unavailable
from llm_service.backends.openai_compatible.control_texts import break_up, turns
from llm_service.backends.openai_compatible.errors import mesh_error
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.prompt import PromptMessage, TokenCounts

_WORD = re.compile(r"(?<![A-Za-z0-9]) ?[A-Za-z]?[a-z]{3,}(?![A-Za-z0-9])")
_BYTES_A_TOKEN = 2
# What templates put around a message, and before all of them (a date, a name, rules).
_MESSAGE_TOKENS = 16
_TEMPLATE_TOKENS = 96
_NOT_IMPLEMENTED = 501
_log = logging.getLogger(__name__)

Messages = tuple[PromptMessage, ...]
_Count = Callable[[Messages], Awaitable[int]]


class TokenCounting:
    """Counts on the server, in the way that it knows: vLLM's or llama-server's.

    The first answer settles the way for good, so that the same prompt always counts the same; while
    the server is away nothing is settled.
    """

    def __init__(self, client: AsyncOpenAI, server: OpenAiServer) -> None:
        """Ask with ``client``; nothing is asked yet."""
        self._client = client
        self._server = server
        self._root = server.base_url.rstrip("/").removesuffix("/v1")
        self._lock = asyncio.Lock()
        self._count: _Count | None = None

    async def count(self, prompts: Sequence[Messages], model: str) -> TokenCounts:
        """Count prompts for ``model``. Raises: Unavailable, InvalidInput (the server refuses)."""
        async with self._lock:
            if self._count is None:
                self._count = await self._settle(model)
        counts = await asyncio.gather(*(self._count(messages) for messages in prompts))
        return TokenCounts(tuple(counts), estimated=self._count is _estimate)

    async def _settle(self, model: str) -> _Count:
        """Return the first way that works."""
        probe = (PromptMessage("user", "a"),)

        async def vllm(messages: Messages) -> int:
            answer = await self._post("/tokenize", {"model": model, "messages": turns(messages)})
            return int(answer["count"])

        for way in (vllm, self._as_llama_server):
            try:
                await way(probe)
            except (InvalidInput, LookupError, TypeError, ValueError):
                continue
            return way
        _log.warning("%s counts no tokens for others: they are estimated", self._server.base_url)
        return _estimate

    async def _as_llama_server(self, messages: Messages) -> int:
        rendered = await self._post("/apply-template", {"messages": turns(messages)})
        content = {"content": rendered["prompt"], "add_special": True, "parse_special": True}
        return len((await self._post("/tokenize", content))["tokens"])

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask the server. Raises: Unavailable; InvalidInput for any other refusal."""
        try:
            answer: object = await self._client.post(
                f"{self._root}{path}", body=body, cast_to=object
            )
        except openai.OpenAIError as error:
            told = mesh_error(error, self._server)
            status = error.status_code if isinstance(error, openai.APIStatusError) else 0
            if told.retryable and status != _NOT_IMPLEMENTED:
                raise told from error
            raise InvalidInput(f"the tokens cannot be counted: {told}", "prompts") from error
        except RuntimeError as error:  # so says a client that is closed
            raise Unavailable("the LLM service stops") from error
        if not isinstance(answer, dict):
            raise TypeError(f"{path} answers with no JSON object")
        return answer


async def _estimate(messages: Messages) -> int:
    return estimate(messages)


def estimate(messages: Sequence[PromptMessage]) -> int:
    """Return about how many tokens a prompt has at most, for whichever tokenizer.

    Words of lower-case letters take a token for two letters; anything else one a byte: digits,
    marks and letters beyond ASCII may stand alone in a vocabulary, or lack in it.
    """
    tokens = _TEMPLATE_TOKENS + _MESSAGE_TOKENS * len(messages)
    for each in messages:
        content = break_up(each.content)
        words = [found.end() - found.start() for found in _WORD.finditer(content)]
        others = len(content.encode()) - sum(words)
        tokens += others + sum(-(-length // _BYTES_A_TOKEN) for length in words)
    return tokens
