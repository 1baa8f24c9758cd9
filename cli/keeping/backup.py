"""A backup: one archive of everything that matters, made while the stack runs."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli.keeping.archive import ArchiveWriter, verify, write_archive
from cli.keeping.folders import sync_folder, walk
from cli.keeping.knowledge_copy import copy_knowledge
from cli.keeping.ledger_copy import copy_ledger
from cli.keeping.manifest import Manifest
from cli.keeping.places import AGENT, LEDGER, PASSAGES, WORKSPACE, Places
from cli.keeping.sqlite_files import copy_database, schema_version
from core.errors import DataLoss, InvalidInput


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is done: its file, its size packed, and what it holds."""

    file: Path
    size: int
    manifest: Manifest


def make_backup(places: Places, file: Path, *, force: bool = False) -> Backup:
    """Write a backup to ``file``, which appears under that name once it is whole and checked.

    Raises: InvalidInput (``file`` exists), DataLoss (a database is damaged), Unavailable (documents
    keep coming in), OSError (disk full and the like). Nothing is left behind then.
    """
    target = file.absolute()
    _check_target(places, target, force=force)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            whole = Path(folder) / target.name
            manifest = _write(places, whole, Path(folder) / "copies")
            if verify(whole) != manifest:
                raise DataLoss("the backup is not what was written: is the disk in order?")
            size = whole.stat().st_size
            _check_target(places, target, force=force)
            whole.replace(target)
    except sqlite3.Error as error:
        raise DataLoss(f"a database cannot be read ({error}): `mesh doctor` says which") from error
    sync_folder(target.parent)
    return Backup(target, size, manifest)


def _check_target(places: Places, target: Path, *, force: bool) -> None:
    if not target.parent.is_dir():
        raise InvalidInput(f"there is no folder {target.parent}", "file")
    if target.is_relative_to(places.workspace):
        raise InvalidInput(f"{target} lies in the workspace, which is backed up itself", "file")
    if target.is_dir():
        raise InvalidInput(f"{target} is a folder", "file")
    if os.path.lexists(target) and not force:
        raise InvalidInput(f"{target} is there already: --force replaces it", "file")


def _write(places: Places, archive: Path, copies: Path) -> Manifest:
    """Copy in the order that keeps every effect single.

    The agent's database comes first, the ledger after it. A task of the copy that has not called
    its tool yet may then find a receipt in the ledger: it gets the recorded result. The other way
    round, the task would go on to a call whose receipt the ledger does not hold, and its effect
    would happen twice. The LLM service's finished generations come after the agent too, for the
    tokens that they save. The workspace is what effects change: see `copy_ledger`.
    """
    left_out: list[str] = []
    databases = places.databases
    with write_archive(archive) as writer:
        for name, live in sorted(databases.items(), key=lambda each: each[0] != AGENT):
            if live.exists() and (name == AGENT or name.startswith("llm/")):
                copy_database(live, copies / name)
        copy_ledger(
            databases[LEDGER],
            copies / LEDGER,
            lambda: _add_folder(writer, WORKSPACE, places.workspace, left_out),
        )
        copy_knowledge(places, copies)
        versions = {
            name: schema_version(copies / name, unused=True)
            for name in databases
            if (copies / name).exists()
        }
        if not versions:
            raise InvalidInput(f"{places.home} holds no database: is MESH_HOME the one you mean?")
        for name in versions:
            writer.add_file(name, copies / name)
        _add_folder(writer, PASSAGES, copies / PASSAGES, left_out)
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            mesh_version=_mesh_version(),
            sqlite_version=sqlite3.sqlite_version,
            python_version=platform.python_version(),
            databases=versions,
            files=writer.files,
            folders=writer.folders,
            left_out=left_out,
        )
        writer.add_manifest(manifest)
    return manifest


def _add_folder(writer: ArchiveWriter, name: str, folder: Path, left_out: list[str]) -> None:
    """Add a folder with all that is in it; what goes away meanwhile is not in the backup."""
    if not folder.is_dir():
        return
    writer.add_folder(name, folder)
    for inner, path, kind in walk(folder):
        with suppress(FileNotFoundError):
            if kind == "file":
                writer.add_file(f"{name}/{inner}", path)
            elif kind == "folder":
                writer.add_folder(f"{name}/{inner}", path)
            else:
                left_out.append(f"{name}/{inner}")


def _mesh_version() -> str:
    try:
        return version("agent-mesh")
    except PackageNotFoundError:
        return "unknown"
