"""Several embedders, one a core: each text goes to the first that is free."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from core.ports import Embedder
from shared.embedding import LlamaEmbedder


class EmbedderPool:
    """Embeds on every core, and lets nobody wait for another's whole book.

    Independent embedders of one thread each do more than one embedder of many threads, which wait
    for each other several times a layer; several texts in a batch do no more than one at a time
    (measured, see docs/ARCHITECTURE.md). A caller has at most one text at each embedder and joins
    the end of the line for the next one, so a question waits for the text in work alone.
    """

    def __init__(self, embedders: Sequence[Embedder]) -> None:
        """Share out texts among ``embedders``."""
        self._idle = list(embedders)
        self._count = len(embedders)
        self._free = asyncio.Semaphore(self._count)
        self.dimensions = embedders[0].dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text."""
        vectors: list[list[float]] = [[] for _ in texts]
        waiting = iter(enumerate(texts))
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._count, len(texts))):
                group.create_task(self._work_off(waiting, vectors))
        return vectors

    async def _work_off(
        self, waiting: Iterator[tuple[int, str]], vectors: list[list[float]]
    ) -> None:
        for index, text in waiting:
            async with self._free:
                embedder = self._idle.pop()
                try:
                    [vectors[index]] = await embedder.embed([text])
                finally:
                    self._idle.append(embedder)


@asynccontextmanager
async def open_embedders(path: Path, count: int) -> AsyncIterator[tuple[EmbedderPool, str]]:
    """Load the model at ``path`` ``count`` times; yield the pool and the model's name.

    Raises: StartupError.
    """
    async with AsyncExitStack() as stack:
        loaded = [await stack.enter_async_context(LlamaEmbedder(path)) for _ in range(count)]
        yield EmbedderPool(loaded), loaded[0].model_name
