"""Runs the process that reads a document, bounded in time, memory and output."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from chroma_service.conversion.__main__ import LIBRARY_MISSING
from core.errors import InvalidInput, LimitExceeded, WrongState
from shared.document_types import MAX_DOCUMENT_BYTES

_ROOT = Path(__file__).parents[2]
_PIPE_BYTES = 64 * 1024


class DocumentsUnsupported(WrongState):
    """A library that reads this kind of document is not installed."""

    reason = "DOCUMENTS_UNSUPPORTED"


@dataclass(frozen=True, slots=True)
class ConversionLimits:
    """What one document may take; the text that comes out is no longer than a document may be."""

    seconds: float = 45.0
    memory_bytes: int = 1024 * 1024 * 1024
    text_bytes: int = MAX_DOCUMENT_BYTES


class Converter:
    """Turns PDF, Word and HTML documents into Markdown, one after the other."""

    def __init__(self, limits: ConversionLimits | None = None) -> None:
        """Allow each document what ``limits`` say."""
        self._limits = limits or ConversionLimits()
        self._one = asyncio.Semaphore(1)

    async def text(self, source: str, media_type: str, content: bytes) -> str:
        """Return the text of a document.

        Raises: InvalidInput (it cannot be read), LimitExceeded (it takes too long or too much),
        DocumentsUnsupported.
        """
        async with self._one:
            process = await _started(media_type, self._limits)
            try:
                async with asyncio.timeout(self._limits.seconds):
                    text, complaint = await _talk(process, content, self._limits.text_bytes)
                    status = await process.wait()
            except TimeoutError:
                raise LimitExceeded(
                    f"reading {source} took over {self._limits.seconds:g} seconds: export it as "
                    "text or Markdown, or split it"
                ) from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        _judge(source, status, complaint)
        if len(text) > self._limits.text_bytes:
            raise LimitExceeded(
                f"{source} holds over {self._limits.text_bytes} bytes of text: split it"
            )
        return text.decode()


async def _started(media_type: str, limits: ConversionLimits) -> asyncio.subprocess.Process:
    seconds = str(int(limits.seconds) + 1)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "chroma_service.conversion", media_type, seconds, str(limits.memory_bytes)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
        # Neither the token's place nor any other setting of the service.
        env={"PATH": os.defpath, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )


async def _talk(
    process: asyncio.subprocess.Process, content: bytes, limit: int
) -> tuple[bytes, str]:
    """Hand over the document; return at most a little over ``limit`` bytes, and the complaint."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.TaskGroup() as group:
        group.create_task(_feed(process.stdin, content))
        text = group.create_task(_read(process.stdout, limit))
        complaint = group.create_task(_read(process.stderr, 4096))
    return text.result(), complaint.result().decode(errors="replace").strip()


async def _feed(pipe: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died, and its status says
        pipe.write(content)
        await pipe.drain()
        pipe.close()


async def _read(pipe: asyncio.StreamReader, limit: int) -> bytes:
    """Read to the end, and keep no more than a little over ``limit`` bytes."""
    kept = bytearray()
    while part := await pipe.read(_PIPE_BYTES):
        if len(kept) <= limit:
            kept += part
    return bytes(kept)


def _judge(source: str, status: int, complaint: str) -> None:
    if status == 0:
        return
    if status == LIBRARY_MISSING:
        raise DocumentsUnsupported(
            f"{source} cannot be read ({complaint}): pip install 'agent-mesh[documents]'"
        )
    if status < 0 or "MemoryError" in complaint:
        how = "not enough memory" if status >= 0 else signal.Signals(-status).name
        raise LimitExceeded(
            f"reading {source} took too much ({how}): export it as text, or split it"
        )
    last = complaint.splitlines()[-1] if complaint else f"exit status {status}"
    raise InvalidInput(f"{source} cannot be read: {last}", "content")
