"""What `mesh doctor` says of the data: read, never written, while the stack runs or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cli.finding import Finding
from cli.keeping.contradictions import contradictions
from cli.keeping.places import Places
from cli.keeping.replacement import cut_replacement
from cli.keeping.sqlite_files import problems
from core.errors import DataLoss

_FIRST_WITH_BUG, _FIRST_WITHOUT = (3, 7, 0), (3, 51, 3)
_RESTORE = "`mesh down`, then `mesh restore FILE` puts a backup in its place"


def check_sqlite() -> Finding:
    """Say whether this SQLite has the WAL-reset bug (sqlite.org/wal.html#walresetbug)."""
    detail = f"{sqlite3.sqlite_version}, one writing connection for each database"
    if _FIRST_WITH_BUG <= sqlite3.sqlite_version_info < _FIRST_WITHOUT:
        return Finding(
            "SQLite",
            "warning",
            f"{detail}; 3.7.0 to 3.51.2 can damage a WAL file when two connections write or "
            "checkpoint at once",
            "the mesh is not hit, since one connection writes; other tools must only read: "
            "`mesh backup` does",
        )
    return Finding("SQLite", "ok", detail)


def check_data(places: Places) -> Iterator[Finding]:
    """Check every database that is there, page by page, and whether a restore was cut."""
    yield from _cut_restore(places)
    for name, path in _databases(places).items():
        if path.exists():
            yield _check_database(name, path)
    if places.agent.exists():
        yield _check_history(places.agent)


def _databases(places: Places) -> dict[str, Path]:
    chroma = places.passages / "chroma.sqlite3"
    spans = places.home / "spans.db"
    return {**places.databases, "chroma/passages/chroma.sqlite3": chroma, "spans.db": spans}


def _check_database(name: str, path: Path) -> Finding:
    # Chroma's own rows point at missing ones: its foreign keys tell nothing.
    found = problems(path, foreign_keys=not name.endswith(".sqlite3"))
    if found:
        remedy = "delete it: it holds spans alone" if name == "spans.db" else _RESTORE
        return Finding(name, "failed", f"{path} is damaged: {'; '.join(found)}", remedy)
    return Finding(name, "ok", f"{path}, {path.stat().st_size / 1024**2:.1f} MiB, whole")


def _check_history(path: Path) -> Finding:
    try:
        found = contradictions(path)
    except sqlite3.Error as error:
        return Finding("history", "failed", f"{path} cannot be read: {error}", _RESTORE)
    if found:
        return Finding("history", "failed", "; ".join(found), _RESTORE)
    return Finding("history", "ok", "every event sequence is gapless, nothing is without its task")


def _cut_restore(places: Places) -> Iterator[Finding]:
    try:
        cut = cut_replacement(places.home)
    except DataLoss as error:
        yield Finding("restore", "failed", str(error), "move it away when all is in its place")
        return
    if cut is not None:
        yield Finding(
            "restore", "failed", "a restore was cut, and nothing starts", "mesh restore --finish"
        )
