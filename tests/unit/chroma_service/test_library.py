"""Sources in a real Chroma: replaced as a whole, whatever cuts the ingestion."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from chroma_service import library as module
from chroma_service.collection import open_collections
from chroma_service.library import _BATCH, Document, Ingested, Library, Progress
from chroma_service.manifest import SCHEMA, Manifest
from core.errors import InvalidInput, NotFound
from shared.sqlite import open_database
from shared.testing import FakeEmbedder


@dataclass
class WordEmbedder(FakeEmbedder):
    """Dies after ``left`` texts."""

    left: int = 1_000_000

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.left -= len(texts)
        if self.left < 0:
            raise RuntimeError("the process died here")
        return await super().embed(texts)


class Unconverted:
    """Takes a page for its text."""

    async def text(self, source: str, media_type: str, content: bytes) -> str:
        return f"# {media_type}\n\n{content.decode()}"


@asynccontextmanager
async def library(
    path: Path, embedder: WordEmbedder | None = None, now: str = "2026-01-01T00:00:00+00:00"
) -> AsyncIterator[Library]:
    async with (
        open_database(path / "sources.db", SCHEMA) as database,
        open_collections(path / "passages") as passages,
    ):
        manifest = Manifest(database)
        await manifest.load()
        yield Library(
            manifest,
            passages,
            embedder or WordEmbedder(),
            Unconverted(),
            new_generation=lambda: f"{random.getrandbits(64):x}",
            now_iso=lambda: now,
        )


async def ingested(
    books: Library, source: str, content: bytes, collection: str = "default"
) -> Ingested:
    steps = [each async for each in books.ingest(Document(collection, source, content))]
    assert isinstance(steps[-1], Ingested)
    return steps[-1]


def many(word: str, paragraphs: int) -> bytes:
    """Return a document of about so many passages, each of them another one."""
    return "\n\n".join(
        f"{number} {word} " * 60 for number in range(1000, 1000 + paragraphs)
    ).encode()


async def texts(books: Library, word: str, collection: str = "default") -> list[str]:
    return [each.text for each in await books.query(collection, word, 9)]


async def test_a_source_is_found_replaced_and_deleted(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        assert await books.query("default", "sea", 4) == []
        ended = await ingested(books, "a.md", b"# A\n\nthe sea\n\n# B\n\nthe sky\n")
        assert not ended.replaced
        assert [each.start_line for each in await books.query("default", "sky", 1)] == [5]
        ended = await ingested(books, "a.md", b"the tree\n")
        assert (ended.replaced, ended.unchanged, ended.version.passages) == (True, False, 1)
        assert await texts(books, "sky") == ["the tree"]
    async with library(tmp_path) as books:
        assert [each.source for each in books.sources] == ["a.md"]
        assert await books.delete("default", "a.md") == 1
        assert await books.query("default", "tree", 4) == []
        with pytest.raises(NotFound):
            await books.delete("default", "a.md")


async def test_the_same_bytes_again_change_nothing(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        first = await ingested(books, "a.md", b"the sea\n")
        again = await ingested(books, "a.md", b"the sea\n")
        assert (again.version, again.replaced, again.unchanged) == (first.version, True, True)


async def test_collections_know_nothing_of_each_other(tmp_path: Path) -> None:
    names = ("default", "two", "Two", "t-w.o_2", "x" * 64)
    async with library(tmp_path) as books:
        for name in names:
            await ingested(books, "README.md", f"the sea of {name}\n".encode(), name)
        for name in names:
            assert await texts(books, "sea", name) == [f"the sea of {name}"]
        await books.delete("two", "README.md")
    async with library(tmp_path) as books:
        assert await books.tidy() == 0
        assert await texts(books, "sea", "two") == []
        assert await texts(books, "sea", "Two") == ["the sea of Two"]
        assert await texts(books, "sea", "never-used") == []


async def test_what_is_no_text_goes_through_the_converter(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        await ingested(books, "a.html", b"the sea")
        assert await texts(books, "sea") == ["# text/html\n\nthe sea"]


@pytest.mark.parametrize("died_after", [0, 1, _BATCH, 100, 199])
async def test_a_cut_ingestion_goes_on_where_it_stood(tmp_path: Path, died_after: int) -> None:
    content = many("port", 200)
    async with library(tmp_path, WordEmbedder(left=died_after)) as books:
        with pytest.raises(RuntimeError):
            await ingested(books, "a.md", content)
    resumed, kept = WordEmbedder(), died_after // _BATCH * _BATCH
    async with library(tmp_path, resumed) as books:
        assert await books.tidy() == 0
        assert await texts(books, "port") == []
        steps = [each async for each in books.ingest(Document("default", "a.md", content))]
        ended = steps[-1]
        assert isinstance(ended, Ingested)
        total = ended.version.passages
        assert total >= 200
        assert steps[1] == Progress(kept, total)
        assert steps[-2] == Progress(total, total)
        assert len(resumed.embedded) == total - kept
        assert len(set(await texts(books, "port"))) == 9


async def test_what_counts_stays_whole_until_the_new_version_is(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        await ingested(books, "a.md", many("sea", 70))
        async with aclosing(books.ingest(Document("default", "a.md", many("port", 200)))) as steps:
            async for step in steps:
                assert all("sea" in each for each in await texts(books, "port"))
                if isinstance(step, Progress) and step.passages > 100:
                    break
    async with library(tmp_path) as books:
        assert len(await texts(books, "port")) == 9
        await ingested(books, "a.md", many("tree", 70))
        assert all("tree" in each for each in await texts(books, "port"))
        assert await books.tidy() == 0


async def test_another_document_does_not_go_on_with_a_cut_one(tmp_path: Path) -> None:
    async with library(tmp_path, WordEmbedder(left=64)) as books:
        with pytest.raises(RuntimeError):
            await ingested(books, "a.md", many("port", 200))
    async with library(tmp_path) as books:
        await ingested(books, "a.md", many("sea", 3))
        assert all("sea" in each for each in await texts(books, "port"))
        assert await books.tidy() == 0


async def test_what_a_cut_ingestion_left_is_tidied_after_a_week(tmp_path: Path) -> None:
    async with library(tmp_path, WordEmbedder(left=64)) as books:
        with pytest.raises(RuntimeError):
            await ingested(books, "a.md", many("port", 200))
    async with library(tmp_path, now="2026-01-07T00:00:00+00:00") as books:
        assert await books.tidy() == 0
    async with library(tmp_path, now="2026-01-09T00:00:00+00:00") as books:
        assert await books.tidy() == 1
        assert await books.tidy() == 0


async def test_a_slow_reader_of_a_document_is_heard_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SIGN_OF_LIFE_SECONDS", 0.01)
    async with library(tmp_path) as books:
        read = asyncio.Event()

        async def text(source: str, media_type: str, content: bytes) -> str:
            await read.wait()
            return "the sea"

        books._converter.text = text  # type: ignore[method-assign]
        signs = 0
        async for step in books.ingest(Document("default", "a.pdf", b"%PDF")):
            signs += step == Progress(0, 0)
            if signs == 5:
                read.set()
        assert isinstance(step, Ingested)


async def test_what_cannot_be_taken_leaves_nothing_behind(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        with pytest.raises(InvalidInput):
            await ingested(books, "a.md", b"\xef\xbb\xbf\n")
        assert books.sources == []
        assert await books.tidy() == 0


@pytest.mark.parametrize(
    ("sources", "titles"),
    [
        (["/a/README.md"], ["README.md"]),
        (["/a/README.md", "/b/README.md"], ["a/README.md", "b/README.md"]),
        (["/x/a/README.md", "/y/a/README.md"], ["x/a/README.md", "y/a/README.md"]),
        (["README.md", "/a/README.md"], ["README.md", "a/README.md"]),
        (["/a/MY-README.md", "/a/README.md"], ["MY-README.md", "README.md"]),
        (["/README.md", "/a/README.md"], ["/README.md", "a/README.md"]),
        (["notes", "http://h/x.html"], ["notes", "x.html"]),
    ],
)
async def test_a_title_names_one_source(
    tmp_path: Path, sources: list[str], titles: list[str]
) -> None:
    async with library(tmp_path) as books:
        for number, source in enumerate(sources):
            document = Document("default", source, f"the sea {number}".encode(), "text/plain")
            assert [each async for each in books.ingest(document)]
        assert [books.title("default", each) for each in sources] == titles


async def test_the_sources_of_version_1_are_in_the_default_collection(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        await ingested(books, "docs/a.md", b"the sea\n")
        await ingested(books, "README.md", b"the sky\n")
    with closing(sqlite3.connect(tmp_path / "sources.db")) as database:
        database.executescript(
            """CREATE TABLE old (source TEXT PRIMARY KEY, generation TEXT NOT NULL UNIQUE,
                passages INTEGER NOT NULL, sha256 TEXT NOT NULL, ingested_at TEXT NOT NULL) STRICT;
            INSERT INTO old SELECT source, generation, passages, sha256, ingested_at FROM sources;
            DROP TABLE sources;
            DROP TABLE ingestions;
            ALTER TABLE old RENAME TO sources;
            PRAGMA user_version=1;"""
        )
    async with library(tmp_path) as books:
        assert await books.tidy() == 0
        assert [(each.collection, each.source) for each in books.sources] == [
            ("default", "README.md"),
            ("default", "docs/a.md"),
        ]
        assert await texts(books, "sea") == ["the sea", "the sky"]
        assert (await ingested(books, "README.md", b"the port\n")).replaced
        assert await books.delete("default", "docs/a.md") == 1


async def test_a_passage_is_embedded_with_its_document_and_headings(tmp_path: Path) -> None:
    embedded: list[str] = []

    class Listening(WordEmbedder):
        async def embed(self, texts: Sequence[str]) -> list[list[float]]:
            embedded.extend(texts)
            return await super().embed(texts)

    async with library(tmp_path, Listening()) as books:
        await ingested(books, "docs/boats.md", b"# Of boats\n\n## License\n\nApache 2.0\n")
        assert embedded == [
            "boats > Of boats\n# Of boats",
            "boats > Of boats > License\n## License\n\nApache 2.0",
        ]
        assert "## License\n\nApache 2.0" in await texts(books, "license")


async def test_what_was_embedded_another_way_is_embedded_anew(tmp_path: Path) -> None:
    async with library(tmp_path) as books:
        first = await ingested(books, "a.md", b"the sea\n")
    with closing(sqlite3.connect(tmp_path / "sources.db")) as database:
        database.executescript("ALTER TABLE sources DROP COLUMN way; PRAGMA user_version=2;")
    async with library(tmp_path) as books:
        assert await texts(books, "sea") == ["the sea"]
        again = await ingested(books, "a.md", b"the sea\n")
        assert not again.unchanged
        assert again.version.generation != first.version.generation
        assert (await ingested(books, "a.md", b"the sea\n")).unchanged
