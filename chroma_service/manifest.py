"""The manifest: which version of each source counts, and which are on their way."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

from shared import failpoints
from shared.sqlite import Database, Schema, load_queries

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))


def _from_1_to_2(connection: sqlite3.Connection) -> None:
    """Sources belong to a collection since; those that were there are in the default one."""
    for name in ("set_version_1_aside", "sources", "take_over_version_1", "drop_version_1"):
        connection.execute(_QUERIES[name])


def _from_2_to_3(connection: sqlite3.Connection) -> None:
    """Sources know since in which way they were cut and embedded."""
    known = {row[1] for row in connection.execute("PRAGMA table_info(sources)")}
    if "way" not in known:  # version 1 was brought forward with it
        connection.execute(_QUERIES["add_way"])


SCHEMA = Schema(
    version=3,
    statements=f"{_QUERIES['sources']}\n{_QUERIES['ingestions']}\n",
    migrations={1: _from_1_to_2, 2: _from_2_to_3},
)

Key = tuple[str, str]
"""A collection and the source in it."""


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A source as it was ingested last; ``ingested_at`` is ISO 8601 in UTC.

    ``way``: in which it was cut and embedded, see `chroma_service.library`.
    """

    collection: str
    source: str
    generation: str
    passages: int
    sha256: str
    ingested_at: str
    way: int


@dataclass(frozen=True, slots=True)
class Ingestion:
    """A version of a source that does not count yet; ``begun_at`` is ISO 8601 in UTC."""

    collection: str
    source: str
    generation: str
    fingerprint: str
    begun_at: str


class Manifest:
    """The sources, in memory and in SQLite; a change is durable when its method returns."""

    def __init__(self, database: Database) -> None:
        """Keep the sources in ``database``; `load` comes first."""
        self._database = database
        self._sources: dict[Key, SourceVersion] = {}
        self._ingestions: dict[Key, Ingestion] = {}
        self._namesakes: defaultdict[Key, set[str]] = defaultdict(set)

    @property
    def sources(self) -> list[SourceVersion]:
        """All sources, by collection and name."""
        return [self._sources[key] for key in sorted(self._sources)]

    @property
    def ingestions(self) -> list[Ingestion]:
        """All ingestions that have begun and not ended, by collection and source."""
        return [self._ingestions[key] for key in sorted(self._ingestions)]

    def counting(self, collection: str) -> set[str]:
        """Return the generations of a collection that count."""
        return {each.generation for key, each in self._sources.items() if key[0] == collection}

    async def load(self) -> None:
        """Read what is there."""
        for row in await self._database.read(_QUERIES["all_sources"]):
            self._remember(SourceVersion(**dict(row)))
        for row in await self._database.read(_QUERIES["all_ingestions"]):
            found = Ingestion(**dict(row))
            self._ingestions[found.collection, found.source] = found

    def get(self, key: Key) -> SourceVersion | None:
        """Return a source, if it is there."""
        return self._sources.get(key)

    def ingestion(self, key: Key) -> Ingestion | None:
        """Return what has begun for a source and not ended."""
        return self._ingestions.get(key)

    def title(self, key: Key) -> str:
        """Return the shortest end of the source's path that names no other of its collection."""
        collection, source = key
        others = self._namesakes[collection, _last_name(source)] - {source}
        parts = source.split("/")
        for count in range(1, len(parts)):
            title = "/".join(parts[-count:])
            if title and not any(f"/{other}".endswith(f"/{title}") for other in others):
                return title
        return source

    @failpoints.at_commit("chroma.begin_ingestion")
    async def begin(self, ingestion: Ingestion) -> None:
        """Note a version that is on its way, in place of the one that was."""
        values = asdict(ingestion)
        await self._database.write(lambda c: c.execute(_QUERIES["put_ingestion"], values))
        self._ingestions[ingestion.collection, ingestion.source] = ingestion

    @failpoints.at_commit("chroma.drop_ingestion")
    async def drop(self, key: Key) -> None:
        """Forget a version that was on its way."""
        await self._database.write(lambda c: c.execute(_QUERIES["delete_ingestion"], key))
        self._ingestions.pop(key, None)

    @failpoints.at_commit("chroma.put_source")
    async def put(self, version: SourceVersion) -> None:
        """Make ``version`` the one that counts; it is on its way no longer."""
        key = (version.collection, version.source)

        def switch(connection: sqlite3.Connection) -> None:
            connection.execute(_QUERIES["put_source"], asdict(version))
            connection.execute(_QUERIES["delete_ingestion"], key)

        await self._database.write(switch)
        self._ingestions.pop(key, None)
        self._remember(version)

    @failpoints.at_commit("chroma.delete_source")
    async def delete(self, key: Key) -> None:
        """Forget a source."""
        await self._database.write(lambda c: c.execute(_QUERIES["delete_source"], key))
        self._sources.pop(key, None)
        self._namesakes[key[0], _last_name(key[1])].discard(key[1])

    def _remember(self, version: SourceVersion) -> None:
        self._sources[version.collection, version.source] = version
        self._namesakes[version.collection, _last_name(version.source)].add(version.source)


def _last_name(source: str) -> str:
    return source.rpartition("/")[2]
