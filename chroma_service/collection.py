"""The collections of passages in Chroma, used from a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import chromadb
from chromadb.config import Settings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from chroma_service.chunking import Chunk
from chroma_service.documents import DEFAULT_COLLECTION
from core.errors import StartupError
from shared import failpoints

_PREFIX = "passages"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage that was found; ``score`` is its cosine to the query.

    ``headings``: those that it stands under, parted by " > ".
    """

    source: str
    generation: str
    start_line: int
    end_line: int
    text: str
    score: float
    headings: str = ""


class PassageCollection:
    """Vectors and texts of passages, marked with the generation that they belong to."""

    def __init__(self, collection: Any, thread: ThreadPoolExecutor) -> None:
        """Use ``collection`` on ``thread`` alone."""
        self._collection = collection
        self._thread = thread

    @failpoints.at_commit("chroma.add_passages")
    async def add(
        self,
        source: str,
        generation: str,
        chunks: Mapping[int, Chunk],
        vectors: Sequence[Sequence[float]],
    ) -> None:
        """Add some passages of one generation of a source, by their position in it."""
        metadatas = [
            {
                "source": source,
                "generation": generation,
                "start_line": each.start_line,
                "end_line": each.end_line,
                "headings": each.outline,
            }
            for each in chunks.values()
        ]
        entry: dict[str, Any] = {
            "ids": [f"{generation}:{position}" for position in chunks],
            "embeddings": [list(vector) for vector in vectors],
            "documents": [each.text for each in chunks.values()],
            "metadatas": metadatas,
        }
        await self._do(partial(self._collection.upsert, **entry))

    async def positions(self, generation: str) -> set[int]:
        """Return the positions of the passages that a generation has."""
        found = await self._do(
            lambda: self._collection.get(where={"generation": generation}, include=[])
        )
        return {int(each.rpartition(":")[2]) for each in found["ids"]}

    async def nearest(self, vector: Sequence[float], count: int) -> list[StoredPassage]:
        """Return at most ``count`` passages of any generation, best first."""
        if await self.count() == 0:
            return []
        found = await self._do(
            lambda: self._collection.query(query_embeddings=[list(vector)], n_results=count)
        )
        rows = zip(found["metadatas"][0], found["documents"][0], found["distances"][0], strict=True)
        return [
            StoredPassage(
                source=metadata["source"],
                generation=metadata["generation"],
                start_line=metadata["start_line"],
                end_line=metadata["end_line"],
                text=text,
                score=1.0 - distance,
                headings=metadata.get("headings", ""),
            )
            for metadata, text, distance in rows
        ]

    async def count(self) -> int:
        """Return how many passages there are, of any generation."""
        return int(await self._do(self._collection.count))

    async def generations(self) -> set[str]:
        """Return the generations that have passages."""
        found = await self._do(lambda: self._collection.get(include=["metadatas"]))
        return {metadata["generation"] for metadata in found["metadatas"]}

    @failpoints.at_commit("chroma.delete_passages")
    async def delete(self, generation: str) -> None:
        """Delete the passages of a generation."""
        await self._do(lambda: self._collection.delete(where={"generation": generation}))

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class PassageCollections:
    """The collections by their name; one that is asked for comes to be."""

    def __init__(self, client: Any, thread: ThreadPoolExecutor) -> None:
        """Use ``client`` on ``thread`` alone."""
        self._client = client
        self._thread = thread
        self._opened: dict[str, PassageCollection] = {}

    async def get(self, name: str) -> PassageCollection:
        """Return a collection, made where there is none."""
        if name not in self._opened:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._thread, _collection, self._client, name)
            self._opened[name] = PassageCollection(found, self._thread)
        return self._opened[name]

    async def names(self) -> list[str]:
        """Return the names of all that there are."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._thread, self._client.list_collections)
        return [_mesh_name(each.name) for each in found if each.name.startswith(_PREFIX)]


@asynccontextmanager
async def open_collections(path: Path) -> AsyncIterator[PassageCollections]:
    """Open or create the collections below ``path``. Raises: StartupError."""
    with ThreadPoolExecutor(1, thread_name_prefix="chroma") as thread:
        loop = asyncio.get_running_loop()
        client = await loop.run_in_executor(thread, _open, path)
        try:
            # What is damaged shows when the collection is opened, and must show at the start.
            await loop.run_in_executor(thread, _collection, client, DEFAULT_COLLECTION)
            yield PassageCollections(client, thread)
        finally:
            await loop.run_in_executor(thread, client.close)


class _OwnSettings(Settings):
    """Chroma's settings out of this file alone.

    Its own come from the environment and from a ``.env`` in the working folder too, where a person
    who uses Chroma elsewhere has another server's address.
    """

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what the constructor is given, and nothing else."""
        return (init_settings,)


def _open(path: Path) -> Any:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return chromadb.PersistentClient(path, settings=_OwnSettings(anonymized_telemetry=False))
    # chromadb has no class of its own for this: what its Rust core says comes up in many.
    except Exception as error:
        raise StartupError(
            f"the passages in {path} cannot be opened ({type(error).__name__}: {error}): put a "
            "backup in their place, or move the folder away and ingest the documents again"
        ) from error


def _collection(client: Any, name: str) -> Any:
    return client.get_or_create_collection(
        _chroma_name(name), embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )


def _chroma_name(name: str) -> str:
    """Return the name in Chroma, which wants the last character to be a letter or a digit."""
    return _PREFIX if name == DEFAULT_COLLECTION else f"{_PREFIX}-{name.encode().hex()}"


def _mesh_name(name: str) -> str:
    if name == _PREFIX:
        return DEFAULT_COLLECTION
    return bytes.fromhex(name.removeprefix(f"{_PREFIX}-")).decode()
