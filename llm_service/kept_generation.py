"""One generation: its text so far, and those who read it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator

from core.errors import MeshError
from llm_service.prompt import Finished, Prompt


class KeptGeneration:
    """Text that grows; any number of readers follow it, each from the start.

    Belongs to the event loop, as the task that computes it does.
    """

    def __init__(self, prompt: Prompt) -> None:
        """Start with no text."""
        self.prompt = prompt
        self.readers = 0
        self.waited_for_until = -math.inf
        self._task: asyncio.Task[None] | None = None
        self._text = ""
        self._end: Finished | MeshError | None = None
        self._changed = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether it finished or failed."""
        return self._end is not None

    @property
    def has_text(self) -> bool:
        """Whether there is any text yet."""
        return bool(self._text)

    def run(self, task: asyncio.Task[None]) -> None:
        """Note the task that computes it."""
        self._task = task

    def wait_until(self, deadline: float) -> None:
        """Note that a reader waits until ``deadline``, a time of the monotonic clock."""
        self.waited_for_until = max(self.waited_for_until, deadline)

    def stop(self, error: MeshError) -> None:
        """Fail with ``error`` unless it has ended, and end the task."""
        if self._end is None:
            self.end(error)
            if self._task is not None:
                self._task.cancel()

    def append(self, text: str) -> None:
        """Add a piece."""
        self._text += text
        self._announce()

    def end(self, end: Finished | MeshError) -> None:
        """Finish, or fail; the first end stays."""
        if self._end is None:
            self._end = end
            self._announce()

    async def follow(self, from_character: int = 0) -> AsyncGenerator[str | Finished, None]:
        """Yield the text from a character on, each further piece, and how it finished.

        Raises: the error that it failed with.
        """
        self.readers += 1
        try:
            seen = from_character
            while True:
                changed = self._changed
                if len(self._text) > seen:
                    piece = self._text[seen:]
                    seen = len(self._text)
                    yield piece
                elif isinstance(self._end, Finished):
                    yield self._end
                    return
                elif self._end is not None:
                    raise self._end
                else:
                    await changed.wait()
        finally:
            self.readers -= 1

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
