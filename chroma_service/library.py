"""The library: sources that are ingested, replaced, searched and deleted as a whole."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable

from chroma_service.chunking import chunk
from chroma_service.collection import PassageCollection, StoredPassage
from chroma_service.documents import decode, is_markdown
from chroma_service.manifest import Manifest, SourceVersion
from core.errors import NotFound
from core.ports import Embedder
from shared import failpoints

_EMBEDDED_AT_ONCE = 32


class Library:
    """Joins the manifest, which says what counts, with the passages in Chroma.

    A new version is written beside the old one, then the manifest switches in one transaction,
    then the old passages go: a crash leaves the one version or the other, whole.
    """

    def __init__(
        self,
        manifest: Manifest,
        passages: PassageCollection,
        embedder: Embedder,
        *,
        new_generation: Callable[[], str],
        now_iso: Callable[[], str],
    ) -> None:
        """Use a loaded manifest."""
        self._manifest = manifest
        self._passages = passages
        self._embedder = embedder
        self._new_generation = new_generation
        self._now_iso = now_iso
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def sources(self) -> list[SourceVersion]:
        """All sources, by name."""
        return self._manifest.sources

    async def tidy(self) -> int:
        """Delete what a crash left of versions that don't count; return how many there were."""
        leftover = await self._passages.generations() - self._manifest.generations
        for generation in leftover:
            await self._passages.delete(generation)
        return len(leftover)

    async def ingest(
        self, source: str, content: bytes, media_type: str
    ) -> tuple[SourceVersion, bool]:
        """Ingest a document; return it, and whether it replaced an earlier version.

        Raises: InvalidInput, LimitExceeded.
        """
        text = decode(source, content)
        markdown = is_markdown(source, media_type)
        digest = hashlib.sha256(content).hexdigest()
        async with self._locks[source]:
            old = self._manifest.get(source)
            if old is not None and old.sha256 == digest:
                return old, True
            chunks = await asyncio.to_thread(chunk, text, markdown=markdown)
            vectors = await self._embed([each.text for each in chunks])
            generation = self._new_generation()
            await self._passages.add(source, generation, chunks, vectors)
            await failpoints.pause("chroma.after_passages")
            version = SourceVersion(source, generation, len(chunks), digest, self._now_iso())
            await self._manifest.put(version)
            await failpoints.pause("chroma.after_switch")
            if old is not None:
                await self._passages.delete(old.generation)
            return version, old is not None

    async def query(self, text: str, limit: int) -> list[StoredPassage]:
        """Return at most ``limit`` passages that are nearest to ``text``, best first."""
        await failpoints.pause("chroma.before_query")
        [vector] = await self._embedder.embed([text])
        asked = limit
        while True:
            found = await self._passages.nearest(vector, asked)
            live = self._manifest.generations
            counting = [each for each in found if each.generation in live]
            if len(counting) >= limit or len(found) < asked:
                return counting[:limit]
            asked *= 4

    async def delete(self, source: str) -> int:
        """Delete a source; return how many passages it had. Raises: NotFound."""
        async with self._locks[source]:
            version = self._manifest.get(source)
            if version is None:
                raise NotFound(f"no source is named {source[:200]!r}")
            await self._manifest.delete(source)
            await self._passages.delete(version.generation)
            return version.passages

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        """Embed by small lots, so that a query in between does not wait for a whole book."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _EMBEDDED_AT_ONCE):
            vectors += await self._embedder.embed(texts[start : start + _EMBEDDED_AT_ONCE])
        return vectors
