"""`mesh top` beside a service that generates, dies and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.errors import MeshError
from core.ports import CallContext, ChatMessage, GenerationSettings
from shared.clients.llm import LlmClient
from tests.integration.mesh import ROOT, Mesh

LONG = json.dumps({"type": "array", "items": {"type": "integer"}, "minItems": 200})
SHOWN = b"\x1b[?25h"  # the cursor is there again
HIDDEN = b"\x1b[?25l"


class Terminal:
    """A command that thinks it runs in a terminal."""

    def __init__(self, mesh: Mesh, *arguments: str) -> None:
        here, there = pty.openpty()
        self._here = here
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *arguments],
            cwd=ROOT,
            env={**mesh.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
            stdin=there,
            stdout=there,
            stderr=there,
            start_new_session=True,
        )
        os.close(there)
        os.set_blocking(here, False)
        self.raw = b""

    async def shows(self, pattern: str, seconds: float = 30) -> None:
        """Wait until a text appears that was not there before."""
        start = len(self.raw)
        async with asyncio.timeout(seconds):
            while not re.search(pattern, self.raw[start:].decode(errors="replace")):
                assert self.process.poll() is None, self.raw
                self._read()
                await asyncio.sleep(0.05)

    async def interrupted(self) -> int:
        """Press Ctrl-C; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        status = await asyncio.to_thread(self.process.wait, 20)
        self._read()
        return status

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self._here)

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            while piece := os.read(self._here, 65536):
                self.raw += piece


@pytest.fixture
def terminal(fresh_mesh: Mesh) -> Iterator[list[Terminal]]:
    """Terminals to be closed."""
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


def mesh_top(mesh: Mesh, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `mesh top` with its output in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "top", *arguments],
        cwd=ROOT,
        env=mesh.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def generate(client: LlmClient) -> None:
    """Generate one call after the other, until cancelled."""
    messages = [ChatMessage("user", "count")]
    settings = GenerationSettings(max_tokens=200, json_schema=LONG)
    while True:
        context = CallContext(str(uuid.uuid4()), "", str(uuid.uuid4()))
        with contextlib.suppress(MeshError):
            await client.generate(messages, settings, context)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def generating(mesh: Mesh) -> AsyncIterator[None]:
    """Keep two slots busy."""
    async with mesh.channel("llm") as channel:
        work = [asyncio.create_task(generate(LlmClient(channel))) for _ in range(2)]
        try:
            yield
        finally:
            for each in work:
                each.cancel()
            await asyncio.wait(work)


async def looked_at(mesh: Mesh, *arguments: str) -> str:
    ran = await asyncio.to_thread(mesh_top, mesh, *arguments)
    assert ran.returncode == 0 and not ran.stderr, ran
    return ran.stdout


async def test_a_look_shows_what_runs(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("llm")
    idle = await looked_at(fresh_mesh, "--once")
    assert "0 of 4 slots busy, 0 calls wait" in idle and "\x1b" not in idle
    async with generating(fresh_mesh), asyncio.timeout(60):
        while "writes" not in (seen := await looked_at(fresh_mesh, "--once")):
            pass
        assert re.search(r"[12] of 4 slots busy", seen)
        assert re.search(r"[1-9][\d.]* tokens/s, [12]\.\d generations a step", seen)
        told: dict[str, Any] = {"recent_calls": 0}
        while not told["recent_calls"]:
            told = json.loads(await looked_at(fresh_mesh, "--json"))
        assert told["mean_time_to_first_token_seconds"] >= told["mean_queue_seconds"] >= 0
        assert told["mean_call_tokens_per_second"] > 0
        assert len(told["slot_details"]) == told["slots"] == 4


async def test_the_live_view_goes_on_when_the_service_comes_back(
    fresh_mesh: Mesh, terminal: list[Terminal]
) -> None:
    await fresh_mesh.start("llm")
    async with generating(fresh_mesh):
        terminal.append(Terminal(fresh_mesh, "top", "--every", "0.2"))
        await terminal[0].shows(r"writes")
        fresh_mesh.kill("llm")
        await terminal[0].shows(r"does not answer since \d+ s")
        fresh_mesh.spawn("llm")
        await fresh_mesh.healthy("llm")
        await terminal[0].shows(r"of 4 slots busy")
        await terminal[0].shows(r"writes")
    assert await terminal[0].interrupted() == 130
    raw = terminal[0].raw
    assert b"Traceback" not in raw
    assert HIDDEN in raw and raw.rfind(SHOWN) > raw.rfind(HIDDEN)


async def test_the_live_view_ends_at_once_while_the_service_hangs(
    fresh_mesh: Mesh, terminal: list[Terminal]
) -> None:
    await fresh_mesh.start("llm")
    terminal.append(Terminal(fresh_mesh, "top", "--every", "0.2"))
    await terminal[0].shows(r"slots busy")
    os.kill(fresh_mesh.pid("llm"), signal.SIGSTOP)
    await terminal[0].shows(r"does not answer since \d+ s")
    assert await terminal[0].interrupted() == 130
    assert b"Traceback" not in terminal[0].raw and terminal[0].raw.rfind(SHOWN) > 0


async def test_in_a_pipe_one_picture_follows_the_other(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("llm")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli.main", "top", "--every", "0.1"),
        cwd=ROOT,
        env=fresh_mesh.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        seen = 0
        while seen < 3:
            seen += b"slots busy" in await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, complaints = await process.communicate()
    assert process.returncode == 130 and not complaints


async def test_without_a_service_one_line_says_so(fresh_mesh: Mesh) -> None:
    ran = await asyncio.to_thread(mesh_top, fresh_mesh)
    assert ran.returncode == 1 and "mesh up" in ran.stderr and "Traceback" not in ran.stderr
