"""One generation on its way through the slots."""

from __future__ import annotations

import asyncio
import time
from array import array

from core.errors import MeshError
from llm_service.backends.llama.sampling import Sampler
from llm_service.prompt import Finished

Item = str | Finished | MeshError


class Job:
    """What is to be generated, and where its pieces go.

    Made on the event loop; from `submit` on it belongs to the engine's thread, which posts items.
    """

    def __init__(
        self, tokens: array[int], max_tokens: int, stops: tuple[str, ...], sampler: Sampler
    ) -> None:
        """Generate up to ``max_tokens`` after ``tokens``; the job owns the ``sampler``."""
        self.tokens = tokens
        self.max_tokens = max_tokens
        self.stops = stops
        self.sampler: Sampler | None = sampler
        self.asked = time.monotonic()
        self.cancelled = False
        self.heard = False  # whether anything was posted
        self.items: asyncio.Queue[Item] = asyncio.Queue()

    def cancel(self) -> None:
        """Ask the engine's thread to let it go; it looks before each step."""
        self.cancelled = True

    def free(self) -> None:
        """Free the sampler; may be called again."""
        if self.sampler is not None:
            self.sampler.free()
            self.sampler = None
