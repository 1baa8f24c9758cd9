"""The manifest: which version of each source counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from shared import failpoints
from shared.sqlite import Database, Schema, load_queries

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))

SCHEMA = Schema(version=1, statements=_QUERIES["schema"])


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A source as it was ingested last; ``ingested_at`` is ISO 8601 in UTC."""

    source: str
    generation: str
    passages: int
    sha256: str
    ingested_at: str


class Manifest:
    """The sources, in memory and in SQLite; a change is durable when its method returns."""

    def __init__(self, database: Database) -> None:
        """Keep the sources in ``database``; `load` comes first."""
        self._database = database
        self._sources: dict[str, SourceVersion] = {}

    @property
    def sources(self) -> list[SourceVersion]:
        """All sources, by name."""
        return sorted(self._sources.values(), key=lambda each: each.source)

    @property
    def generations(self) -> set[str]:
        """The generations that count."""
        return {each.generation for each in self._sources.values()}

    async def load(self) -> None:
        """Read what is there."""
        rows = await self._database.read(_QUERIES["all_sources"])
        self._sources = {row["source"]: SourceVersion(**dict(row)) for row in rows}

    def get(self, source: str) -> SourceVersion | None:
        """Return a source, if it is there."""
        return self._sources.get(source)

    @failpoints.at_commit("chroma.put_source")
    async def put(self, version: SourceVersion) -> None:
        """Make ``version`` the one that counts."""
        await self._database.write(lambda c: c.execute(_QUERIES["put_source"], asdict(version)))
        self._sources[version.source] = version

    @failpoints.at_commit("chroma.delete_source")
    async def delete(self, source: str) -> None:
        """Forget a source."""
        await self._database.write(lambda c: c.execute(_QUERIES["delete_source"], (source,)))
        self._sources.pop(source, None)
