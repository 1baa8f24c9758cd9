"""A service whose engine has died says so, and ends with a failure."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Unavailable
from llm_service import app
from llm_service.backends.llama import LlamaBackend, LlamaSettings
from llm_service.backends.openai_compatible.backend import OpenAiBackend
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.config import BUNDLED_MODEL


class Server:
    """Remembers what health it was told."""

    def __init__(self) -> None:
        self.said: list[bool] = []

    async def set_health(self, serving: bool) -> None:
        self.said.append(serving)


async def test_a_dead_engine_turns_health_off_and_ends_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "_LAST_WORDS_SECONDS", 0.0)
    backend = await LlamaBackend.open(LlamaSettings(path=BUNDLED_MODEL, slots=1))
    server = Server()
    try:
        watch = asyncio.create_task(app._watch(backend, server))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        assert server.said == []
        backend._worker._note_death(RuntimeError("gone"))
        with pytest.raises(Unavailable, match="gone"):
            await asyncio.wait_for(watch, 10)
        assert server.said == [False]
    finally:
        await backend.close()


async def test_a_server_elsewhere_never_ends_the_service() -> None:
    backend = OpenAiBackend(OpenAiServer("http://127.0.0.1:9/v1", model="any"))
    server = Server()
    watch = asyncio.create_task(app._watch(backend, server))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await backend.close()
    assert not watch.done() and server.said == []
    watch.cancel()
