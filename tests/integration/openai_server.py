"""A real OpenAI-compatible server: llama-cpp-python's, as a process with the bundled model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from llm_service.backends.openai_compatible.server import JsonMode, OpenAiServer
from llm_service.config import BUNDLED_MODEL

CONTEXT_TOKENS = 512
MODEL = "bundled"
KEY = "the-key-of-the-test"
_START_SECONDS = 60.0


@dataclass(frozen=True)
class RunningServer:
    """Where it listens, and how to be served by it."""

    port: int
    log: Path

    def settings(self, *, json_mode: JsonMode = "json_object", key: str = KEY) -> OpenAiServer:
        """The settings that reach it; it knows json_object alone."""
        return OpenAiServer(
            base_url=f"http://127.0.0.1:{self.port}/v1",
            api_key=SecretStr(key),
            json_mode=json_mode,
            silence_seconds=30.0,
            context_tokens=CONTEXT_TOKENS,
        )


@contextmanager
def running_server(
    folder: Path,
    port: int = 0,
    *,
    model: Path = BUNDLED_MODEL,
    context_tokens: int = CONTEXT_TOKENS,
) -> Iterator[RunningServer]:
    """Start the server on a port, a free one unless it is given, and end it."""
    server = RunningServer(port or _free_port(), folder / "openai_server.log")
    arguments = {
        "model": model,
        "model_alias": MODEL,
        "host": "127.0.0.1",
        "port": server.port,
        "api_key": KEY,
        "n_ctx": context_tokens,
        "n_threads": 1,
        "n_threads_batch": 1,
    }
    words = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
    with server.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "llama_cpp.server", *words],
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    try:
        _wait_until_it_listens(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_listens(server: RunningServer, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not start:\n{server.log.read_text()[-4000:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
