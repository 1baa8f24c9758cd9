"""A service whose engine has died says so, and ends with a failure."""

from __future__ import annotations

import asyncio
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Unavailable
from llm_service import app
from llm_service.backends.llama import LlamaBackend, LlamaSettings, worker
from llm_service.backends.llama import backend as llama
from llm_service.backends.openai_compatible.backend import OpenAiBackend
from llm_service.backends.openai_compatible.server import OpenAiServer
from llm_service.config import BUNDLED_MODEL
from llm_service.engine import Engine
from llm_service.prompt import Prompt, PromptMessage

PROMPT = Prompt((PromptMessage("user", "count"),), "", 8000, 0.0, 0, ())


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
        async with Engine(backend, kept_seconds=1) as engine:
            watch = asyncio.create_task(app._watch(backend, engine, server))  # type: ignore[arg-type]
            await asyncio.sleep(0)
            assert server.said == []
            backend._worker._note_death(RuntimeError("gone"))
            with pytest.raises(Unavailable, match="gone"):
                await asyncio.wait_for(watch, 10)
            assert server.said == [False]
            with pytest.raises(Unavailable):
                await anext(engine.stream("after", PROMPT))
    finally:
        await backend.close()


async def test_a_model_file_that_is_written_to_ends_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when nobody asks for anything; another file of the same name changes nothing."""
    monkeypatch.setattr(app, "_LAST_WORDS_SECONDS", 0.0)
    monkeypatch.setattr(llama, "_LOOK_SECONDS", 0.01)
    path, other = tmp_path / "model.gguf", tmp_path / "other.gguf"
    for each in (path, other):
        shutil.copyfile(BUNDLED_MODEL, each)
    backend = await LlamaBackend.open(LlamaSettings(path=path, slots=1))
    server = Server()
    try:
        async with Engine(backend, kept_seconds=1) as engine, asyncio.timeout(30):
            watch = asyncio.create_task(app._watch(backend, engine, server))  # type: ignore[arg-type]
            path.rename(tmp_path / "moved.gguf")
            other.rename(path)
            _, pending = await asyncio.wait([watch], timeout=0.2)
            assert pending and server.said == []
            with (tmp_path / "moved.gguf").open("r+b") as file:
                file.seek(-1, 2)
                file.write(b"x")
            held = engine.stream("held", PROMPT)
            with pytest.raises(Unavailable, match=r"model\.gguf was written to"):
                async for _ in held:
                    assert not watch.done()
            with pytest.raises(Unavailable, match=r"LLM_MODEL_PATH=.*was written to"):
                await watch
            assert server.said == [False]
    finally:
        await backend.close()


async def test_a_step_that_does_not_end_ends_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "_LAST_WORDS_SECONDS", 0.0)
    monkeypatch.setattr(llama, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(llama, "_LOOKS_A_STEP", 20)
    monkeypatch.setattr(worker, "_JOIN_SECONDS", 0.1)
    backend = await LlamaBackend.open(LlamaSettings(path=BUNDLED_MODEL, slots=1))
    server, gate = Server(), threading.Event()
    async with Engine(backend, kept_seconds=1) as engine, asyncio.timeout(30):
        watch = asyncio.create_task(app._watch(backend, engine, server))  # type: ignore[arg-type]
        async for _ in engine.stream("before", replace(PROMPT, max_tokens=8)):
            assert not watch.done()
        monkeypatch.setattr(backend._worker._slots, "step", lambda _: gate.wait())
        with pytest.raises(Unavailable, match="did not end"):
            await anext(engine.stream("held", PROMPT))
        with pytest.raises(Unavailable, match="did not end in 20"):
            await watch
        assert server.said == [False]
    await backend.close()
    assert backend._context._context  # the thread may still use it
    gate.set()
    await asyncio.to_thread(backend._worker._thread.join)
    backend._context.close()
    backend._model.close()


async def test_a_server_elsewhere_never_ends_the_service() -> None:
    backend = OpenAiBackend(OpenAiServer("http://127.0.0.1:9/v1", model="any"))
    server = Server()
    async with Engine(backend, kept_seconds=1) as engine:
        watch = asyncio.create_task(app._watch(backend, engine, server))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await backend.close()
        assert not watch.done() and server.said == []
        watch.cancel()
