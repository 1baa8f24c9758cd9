"""What the tests ask for, and how they read the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from llm_service.backends.openai_compatible.backend import OpenAiBackend
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.prompt import Finished, Prompt, PromptMessage
from tests.unit.llm_service.openai_compatible.fake_server import FakeServer, Reply, serving


def prompt(**changes: Any) -> Prompt:
    """A short prompt."""
    asked = {
        "messages": (PromptMessage("system", "Be short."), PromptMessage("user", "Say hello.")),
        "json_schema": "",
        "max_tokens": 16,
        "temperature": 0.0,
        "seed": 3,
        "stop": (),
    }
    return Prompt(**{**asked, **changes})


@asynccontextmanager
async def backend_of(base_url: str, **settings: Any) -> AsyncIterator[OpenAiBackend]:
    """A backend of the server at an address, closed at the end."""
    counts = {name: settings.pop(name) for name in ("slots", "queue_limit") if name in settings}
    settings = {"model": "small", "silence_seconds": 20.0, **settings}
    backend = OpenAiBackend(OpenAiServer(base_url, **settings), **counts)
    try:
        yield backend
    finally:
        await backend.close()


@asynccontextmanager
async def answering(
    *replies: Reply, **settings: Any
) -> AsyncIterator[tuple[FakeServer, OpenAiBackend]]:
    """A server that answers with ``replies``, and a backend of it."""
    async with serving(*replies) as fake, backend_of(fake.base_url, **settings) as backend:
        yield fake, backend


async def read(backend: OpenAiBackend, asked: Prompt) -> tuple[str, Finished]:
    """Return the text of a generation and how it ended."""
    async with aclosing(backend.stream(asked)) as pieces:
        got = [each async for each in pieces]
    end = got[-1]
    assert isinstance(end, Finished)
    return "".join(each for each in got[:-1] if isinstance(each, str)), end
