"""The LLM service as a process of its own, for measuring."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.demo.free_ports import free_port_base
from shared.clients import is_serving, open_channel
from shared.clients.llm import LlmClient
from shared.settings import CommonSettings

_START_SECONDS = 60.0


@asynccontextmanager
async def llm_service(folder: Path, model: Path, **settings: str) -> AsyncIterator[LlmClient]:
    """Start the service on ``model`` and yield a client; ``settings`` are its environment."""
    token = folder / "token"
    token.write_text(secrets.token_urlsafe(16), encoding="utf-8")
    token.chmod(0o600)
    common = CommonSettings(mesh_home=folder, mesh_port_base=free_port_base())
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("LLM_")},
        "MESH_HOME": str(folder),
        "MESH_PORT_BASE": str(common.mesh_port_base),
        "MESH_DRAIN_SECONDS": "0",
        "LLM_MODEL_PATH": str(model),
        **settings,
    }
    log = folder / "llm.out"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "llm_service"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        async with open_channel(common.address_of("llm"), common) as channel:
            async with asyncio.timeout(_START_SECONDS):
                while not await is_serving(channel):
                    if process.poll() is not None:
                        raise RuntimeError(f"the LLM service ended: {log.read_text()[-2000:]}")
                    await asyncio.sleep(0.1)
            yield LlmClient(channel)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)
