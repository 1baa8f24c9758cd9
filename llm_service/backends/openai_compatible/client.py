"""The HTTP client of the server."""

from __future__ import annotations

from openai import AsyncOpenAI, Timeout

from llm_service.backends.openai_compatible.server import OpenAiServer

_CONNECT_SECONDS = 5.0
# The client refuses to be made without one; servers on this machine ignore it.
_NO_KEY = "none"


def open_client(server: OpenAiServer) -> AsyncOpenAI:
    """Return a client of ``server``, to be closed by the caller.

    It never asks twice: the callers of the LLM service do, and they know their deadlines. It
    reads OPENAI_ORG_ID, OPENAI_PROJECT_ID and OPENAI_CUSTOM_HEADERS by itself.
    """
    return AsyncOpenAI(
        base_url=server.base_url,
        api_key=server.api_key.get_secret_value() or _NO_KEY,
        timeout=Timeout(server.silence_seconds, connect=_CONNECT_SECONDS),
        max_retries=0,
    )
