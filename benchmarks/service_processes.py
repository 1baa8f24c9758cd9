"""Services as processes of their own, for measuring."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import grpc

from cli.demo.free_ports import free_port_base
from shared.clients import is_serving, open_channel
from shared.settings import CommonSettings

_OURS = ("MESH_", "AGENT_", "LLM_", "OPENAI_", "TOOL_", "CHROMA_", "OBS_", "OTEL_")
_START_SECONDS = 120.0


@asynccontextmanager
async def services(
    home: Path, names: Sequence[str], **variables: str
) -> AsyncIterator[Mapping[str, grpc.aio.Channel]]:
    """Start services below ``home``, yield a channel to each by name, and stop them at the end.

    ``variables`` are their environment, beside what is not the mesh's of this process's own.
    Raises: RuntimeError (one ended before it served).
    """
    token = home / "token"
    token.write_text(secrets.token_urlsafe(16), encoding="utf-8")
    token.chmod(0o600)
    settings = CommonSettings(mesh_home=home, mesh_port_base=free_port_base())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
        "MESH_HOME": str(home),
        "MESH_PORT_BASE": str(settings.mesh_port_base),
        **variables,
    }
    processes = {name: _spawn(name, home, environment) for name in names}
    try:
        async with AsyncExitStack() as stack:
            channels = {
                name: await stack.enter_async_context(
                    open_channel(settings.address_of(name), settings)
                )
                for name in names
            }
            async with asyncio.timeout(_START_SECONDS):
                for name, channel in channels.items():
                    while not await is_serving(channel):
                        _check_alive(name, processes[name], home)
                        await asyncio.sleep(0.1)
            yield channels
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            await asyncio.to_thread(process.wait, 60)


def _spawn(name: str, home: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    with (home / f"{name}.out").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"{name}_service"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _check_alive(name: str, process: subprocess.Popen[bytes], home: Path) -> None:
    if process.poll() is not None:
        said = (home / f"{name}.out").read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"the {name} service ended: {said[-2000:]}")
