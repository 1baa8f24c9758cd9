"""The library: sources that are ingested, replaced, searched and deleted as a whole."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chroma_service.chunking import Chunk, chunk
from chroma_service.collection import PassageCollection, PassageCollections, StoredPassage
from chroma_service.documents import decode, media_type, require_content, require_size
from chroma_service.manifest import Ingestion, Key, Manifest, SourceVersion
from core.errors import NotFound
from core.ports import Embedder
from shared import failpoints
from shared.document_types import MARKDOWN, PLAIN

# Passages that were cut or embedded another way are not gone on with, and are replaced when their
# document is ingested again.
_WAY = 2
# Small, so that a slow machine with several documents in work has kept a batch every minute.
_BATCH = 16
_SIGN_OF_LIFE_SECONDS = 15.0
_KEPT_FOR = timedelta(days=7)


class TextSource(Protocol):
    """Takes the text out of documents that are no text."""

    async def text(self, source: str, media_type: str, content: bytes) -> str:
        """Return the text as Markdown. Raises: InvalidInput, LimitExceeded, WrongState."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be ingested; ``media_type`` may be empty."""

    collection: str
    source: str
    content: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many passages are kept, and how many there will be (0: not known yet)."""

    passages: int
    total: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """The end of an ingestion."""

    version: SourceVersion
    replaced: bool
    unchanged: bool = False


class Library:
    """Joins the manifest, which says what counts, with the passages in Chroma.

    A new version is written beside the old one, then the manifest switches in one transaction,
    then the old passages go: a crash leaves the one version or the other, whole. What a cut
    ingestion has written already is kept for the same document for a week.
    """

    def __init__(
        self,
        manifest: Manifest,
        passages: PassageCollections,
        embedder: Embedder,
        converter: TextSource,
        *,
        new_generation: Callable[[], str],
        now_iso: Callable[[], str],
    ) -> None:
        """Use a loaded manifest."""
        self._manifest = manifest
        self._passages = passages
        self._embedder = embedder
        self._converter = converter
        self._new_generation = new_generation
        self._now_iso = now_iso
        self._locks: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def sources(self) -> list[SourceVersion]:
        """All sources, by collection and name."""
        return self._manifest.sources

    def title(self, collection: str, source: str) -> str:
        """Return the short name of a source that names no other of its collection."""
        return self._manifest.title((collection, source))

    async def tidy(self) -> int:
        """Delete what a crash left of versions that nobody goes on with; return how many."""
        oldest = datetime.fromisoformat(self._now_iso()) - _KEPT_FOR
        for begun in self._manifest.ingestions:
            if datetime.fromisoformat(begun.begun_at) < oldest:
                await self._manifest.drop((begun.collection, begun.source))
        kept = {each.generation for each in self._manifest.ingestions}
        deleted = 0
        for name in await self._passages.names():
            passages = await self._passages.get(name)
            leftover = await passages.generations() - self._manifest.counting(name) - kept
            for generation in leftover:
                await passages.delete(generation)
            deleted += len(leftover)
        return deleted

    async def ingest(self, document: Document) -> AsyncGenerator[Progress | Ingested, None]:
        """Ingest a document; yield how far it is, and at last how it ended.

        Raises: InvalidInput, LimitExceeded, WrongState.
        """
        key = (document.collection, document.source)
        require_size(document.source, document.content)
        kind = media_type(document.source, document.media_type)
        digest = hashlib.sha256(document.content).hexdigest()
        async with self._locks[key]:
            old = self._manifest.get(key)
            if old is not None and (old.sha256, old.way) == (digest, _WAY):
                await self._give_up(key)
                yield Ingested(old, replaced=True, unchanged=True)
                return
            cutting = asyncio.create_task(self._cut(document, kind))
            try:
                yield Progress(0, 0)
                while not (await asyncio.wait({cutting}, timeout=_SIGN_OF_LIFE_SECONDS))[0]:
                    yield Progress(0, 0)
            finally:
                cutting.cancel()
                await asyncio.wait({cutting})
            chunks = cutting.result()
            begun = await self._begun(key, f"{_WAY}:{kind}:{digest}")
            passages = await self._passages.get(document.collection)
            async with aclosing(self._fill(passages, begun, chunks)) as steps:
                async for kept in steps:
                    yield Progress(kept, len(chunks))
            await failpoints.pause("chroma.after_passages")
            now, count = self._now_iso(), len(chunks)
            version = SourceVersion(*key, begun.generation, count, digest, now, _WAY)
            await self._manifest.put(version)
            await failpoints.pause("chroma.after_switch")
            if old is not None:
                await passages.delete(old.generation)
            yield Ingested(version, replaced=old is not None)

    async def query(self, collection: str, text: str, limit: int) -> list[StoredPassage]:
        """Return at most ``limit`` passages that are nearest to ``text``, best first."""
        await failpoints.pause("chroma.before_query")
        if not self._manifest.counting(collection):
            return []
        [vector] = await self._embedder.embed([text])
        passages = await self._passages.get(collection)
        asked = limit
        while True:
            found = await passages.nearest(vector, asked)
            live = self._manifest.counting(collection)
            counting = [each for each in found if each.generation in live]
            if len(counting) >= limit or len(found) < asked:
                return counting[:limit]
            asked *= 4

    async def delete(self, collection: str, source: str) -> int:
        """Delete a source; return how many passages it had. Raises: NotFound."""
        key = (collection, source)
        async with self._locks[key]:
            await self._give_up(key)
            version = self._manifest.get(key)
            if version is None:
                raise NotFound(f"no source of the collection {collection} is {source[:200]!r}")
            await self._manifest.delete(key)
            await (await self._passages.get(collection)).delete(version.generation)
            return version.passages

    async def _cut(self, document: Document, kind: str) -> list[Chunk]:
        if kind in (PLAIN, MARKDOWN):
            text = decode(document.source, document.content)
        else:
            text = require_content(
                document.source,
                await self._converter.text(document.source, kind, document.content),
            )
        return await asyncio.to_thread(chunk, text, markdown=kind != PLAIN)

    async def _begun(self, key: Key, fingerprint: str) -> Ingestion:
        """Return the ingestion that was cut if it was of the same document, else begin one."""
        begun = self._manifest.ingestion(key)
        if begun is not None and begun.fingerprint == fingerprint:
            return begun
        await self._give_up(key)
        begun = Ingestion(*key, self._new_generation(), fingerprint, self._now_iso())
        await self._manifest.begin(begun)
        return begun

    async def _give_up(self, key: Key) -> None:
        """Drop an ingestion that was cut, if there is one."""
        begun = self._manifest.ingestion(key)
        if begun is not None:
            await self._manifest.drop(key)
            await (await self._passages.get(key[0])).delete(begun.generation)

    async def _fill(
        self, passages: PassageCollection, begun: Ingestion, chunks: Sequence[Chunk]
    ) -> AsyncGenerator[int, None]:
        """Embed and add what is missing, batch by batch; yield how many passages are kept."""
        there = await passages.positions(begun.generation)
        missing = [position for position in range(len(chunks)) if position not in there]
        kept = len(chunks) - len(missing)
        yield kept
        for start in range(0, len(missing), _BATCH):
            part = {position: chunks[position] for position in missing[start : start + _BATCH]}
            vectors = await self._embedder.embed(
                [each.in_context(begun.source) for each in part.values()]
            )
            await passages.add(begun.source, begun.generation, part, vectors)
            kept += len(part)
            yield kept
