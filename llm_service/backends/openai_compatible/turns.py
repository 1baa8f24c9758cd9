"""Who may ask the server now, and who waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import LimitExceeded


class Turns:
    """At most ``slots`` calls at once; the others wait in the order in which they came."""

    def __init__(self, slots: int, queue_limit: int) -> None:
        """At most ``queue_limit`` wait."""
        self.slots = slots
        self.busy = 0
        self.waiting = 0
        self._queue_limit = queue_limit
        self._free = asyncio.Semaphore(slots)

    @asynccontextmanager
    async def take(self) -> AsyncIterator[float]:
        """Hold a slot; the value is the seconds waited for it. Raises: LimitExceeded."""
        if self._free.locked() and self.waiting >= self._queue_limit:
            raise LimitExceeded(
                f"{self.waiting} generations wait already: ask again later, or raise "
                "LLM_QUEUE_LIMIT or LLM_SLOTS"
            )
        asked = time.monotonic()
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.busy += 1
        try:
            yield time.monotonic() - asked
        finally:
            self.busy -= 1
            self._free.release()
