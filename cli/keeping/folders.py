"""What lies in a folder, of the kinds that a backup holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below ``folder`` with their names relative to it, in order."""
    for name, path, kind in walk(folder):
        if kind == "file":
            yield name, path


def walk(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield name, path and kind (file, folder, other) of all below ``folder``; links are other.

    A folder that goes away meanwhile has nothing in it. Raises: OSError (not readable).
    """
    for path in _sorted(folder):
        name = path.name
        if path.is_symlink():
            yield name, path, "other"
        elif path.is_dir():
            yield name, path, "folder"
            for inner, below, kind in walk(path):
                yield f"{name}/{inner}", below, kind
        else:
            yield name, path, "file" if path.is_file() else "other"


def sync_folder(folder: Path) -> None:
    """Make what was renamed into or out of ``folder`` durable."""
    descriptor = os.open(folder, os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sorted(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
