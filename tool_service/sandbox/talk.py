"""A program in the sandbox that is spoken with, line by line."""

from __future__ import annotations

import asyncio

from tool_service.sandbox.output import Output


class Talk:
    """Lines to a running program and back; what it writes to stderr is kept beside."""

    def __init__(self, process: asyncio.subprocess.Process, scratch: str, max_output: int) -> None:
        """Speak with ``process``, which works in the folder ``scratch``."""
        self._process, self._scratch = process, scratch
        self._printed = Output(max_output)
        assert process.stderr is not None
        self._reading = asyncio.create_task(self._printed.read(process.stderr))

    @property
    def printed(self) -> str:
        """What the program wrote to stderr so far."""
        return self._printed.text.replace(f"{self._scratch}/", "")

    async def send(self, line: bytes) -> None:
        """Send a line, its end included; to a program that has ended it is lost."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    async def receive(self) -> bytes:
        """Return the next line, its end included; empty at the end, or where a line is too long."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except ValueError:
            return b""
        return line if line.endswith(b"\n") else b""

    async def end(self) -> int:
        """Wait until the program has ended and all that it wrote is read; return its status."""
        await self._reading
        return await self._process.wait()

    async def stop_reading(self) -> None:
        """Leave what comes now to others."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
