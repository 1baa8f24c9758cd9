"""Sources in a real Chroma: replaced as a whole, whatever cuts the ingestion."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chroma_service.collection import open_collection
from chroma_service.library import Library
from chroma_service.manifest import SCHEMA, Manifest
from core.errors import NotFound
from shared.sqlite import open_database

WORDS = ("sea", "sky", "port", "tree")


class WordEmbedder:
    """One dimension a known word: near is what shares words."""

    dimensions = len(WORDS) + 1

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[*(float(word in text) for word in WORDS), 0.1] for text in texts]


@asynccontextmanager
async def library(path: Path) -> AsyncIterator[Library]:
    numbers = iter(range(1000))
    async with (
        open_database(path / "sources.db", SCHEMA) as database,
        open_collection(path / "passages") as passages,
    ):
        manifest = Manifest(database)
        await manifest.load()
        prefix = f"{len(manifest.sources)}-{id(manifest)}"
        yield Library(
            manifest,
            passages,
            WordEmbedder(),
            new_generation=lambda: f"{prefix}-{next(numbers)}",
            now_iso=lambda: "2026-01-01T00:00:00Z",
        )


async def test_a_source_is_found_replaced_and_deleted(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        assert await books.query("sea", 4) == []
        _, replaced = await books.ingest("a.md", b"# A\n\nthe sea\n\n# B\n\nthe sky\n", "")
        assert not replaced
        assert [each.start_line for each in await books.query("sky", 1)] == [5]
        version, replaced = await books.ingest("a.md", b"the tree\n", "")
        assert (replaced, version.passages) == (True, 1)
        assert [each.text for each in await books.query("sky", 9)] == ["the tree"]
    async with library(tmp_path) as books:
        assert [each.source for each in books.sources] == ["a.md"]
        assert await books.delete("a.md") == 1
        assert await books.query("tree", 4) == []
        with pytest.raises(NotFound):
            await books.delete("a.md")


async def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        first, _ = await books.ingest("a.md", b"the sea\n", "")
        again, replaced = await books.ingest("a.md", b"the sea\n", "")
        assert (again, replaced) == (first, True)


async def test_what_a_cut_ingestion_left_is_not_found_and_is_tidied(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        await books.ingest("a.md", b"the sea\n", "")

        async def cut(version: object) -> None:
            raise RuntimeError("cut before the switch")

        books._manifest.put = cut  # type: ignore[assignment, method-assign]
        with pytest.raises(RuntimeError):
            await books.ingest("a.md", b"the port\n", "")
        assert [each.text for each in await books.query("port", 4)] == ["the sea"]
    async with library(tmp_path) as books:
        assert await books.tidy() == 1
        assert await books.tidy() == 0
        assert [each.text for each in await books.query("port", 4)] == ["the sea"]
