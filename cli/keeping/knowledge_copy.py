"""The knowledge library while documents may be coming in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cli.keeping.folders import files_below
from cli.keeping.places import PASSAGES, SOURCES, Places
from cli.keeping.sqlite_files import SIDE_FILES, copy_database, open_read_only
from core.errors import Unavailable
from shared.sqlite import load_queries

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))
_ATTEMPTS = 20
_WAIT_SECONDS = 0.5
_CHROMA = "chroma.sqlite3"


def copy_knowledge(places: Places, copy: Path, wait: Callable[[float], None] = time.sleep) -> None:
    """Copy the manifest of sources and Chroma's files below ``copy``, as a pair that fits.

    Passages of a version are written before the manifest switches to it, and those of the version
    before are deleted after. So copies of two instants fit when no source changed in between, and
    Chroma's index files fit its database when none of them changed. Otherwise all is copied
    again, for about ten seconds. Raises: Unavailable, DataLoss, OSError.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            wait(_WAIT_SECONDS)
            shutil.rmtree(copy / "chroma", ignore_errors=True)
        before = _state(places)
        _copy(places, copy)
        if _state(places) == before:
            return
    raise Unavailable("documents are coming in all the time: make the backup when they are in")


def _copy(places: Places, copy: Path) -> None:
    sources = places.databases[SOURCES]
    if sources.exists():
        copy_database(sources, copy / SOURCES)
    for name, path in files_below(places.passages):
        target = copy / PASSAGES / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if name == _CHROMA:
            # Chroma's own rows point at missing ones: its foreign keys tell nothing.
            copy_database(path, target, foreign_keys=False)
        elif not _is_beside_a_database(name):
            with suppress(FileNotFoundError):  # the state has changed then, and all is copied again
                shutil.copyfile(path, target)


def _state(places: Places) -> tuple[object, ...]:
    """Return what changes whenever a source or one of Chroma's index files does."""
    sources = places.databases[SOURCES]
    versions: list[tuple[str, str]] = []
    if sources.exists():
        with open_read_only(sources) as connection:
            versions = connection.execute(_QUERIES["versions"]).fetchall()
    files: list[tuple[str, int, int]] = []
    for name, path in files_below(places.passages):
        if name == _CHROMA or _is_beside_a_database(name):
            continue
        with suppress(FileNotFoundError):
            about = path.stat()
            files.append((name, about.st_size, about.st_mtime_ns))
    return versions, files


def _is_beside_a_database(name: str) -> bool:
    return name.startswith(_CHROMA) and name.removeprefix(_CHROMA) in SIDE_FILES
