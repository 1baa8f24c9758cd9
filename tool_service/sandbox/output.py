"""What a program writes: kept up to a limit, read to its end."""

from __future__ import annotations

import asyncio

_CHUNK = 64 * 1024


class Output:
    """The beginning and the end of what a program wrote to one stream.

    What is too much is read too, and dropped: a program whose pipe is full would stand still.
    """

    def __init__(self, limit: int) -> None:
        """Keep ``limit`` bytes: three quarters from the beginning, the rest from the end."""
        self._limit = limit
        self._in_front = limit - limit // 4
        self._front, self._end = bytearray(), bytearray()
        self._read = 0

    @property
    def left_out(self) -> int:
        """How many bytes were dropped."""
        return self._read - len(self._front) - len(self._end)

    @property
    def text(self) -> str:
        """The text, with a note where something is left out."""
        if not self.left_out:
            return (self._front + self._end).decode(errors="replace")
        front, end = (part.decode(errors="replace") for part in (self._front, self._end))
        cut = f"{self.left_out} of {self._read} bytes of output are left out here"
        return f"{front}\n[{cut}]\n{end}"

    async def read(self, stream: asyncio.StreamReader) -> None:
        """Read a stream to its end."""
        while chunk := await stream.read(_CHUNK):
            self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        self._read += len(chunk)
        room = self._in_front - len(self._front)
        self._front += chunk[:room]
        self._end += chunk[room:]
        del self._end[: max(0, len(self._end) - (self._limit - self._in_front))]
