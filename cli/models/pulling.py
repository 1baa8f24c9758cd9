"""Pulls a model: room, transfer, check, and only then its name."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from cli.keeping.folders import sync_folder
from cli.models.catalogue import CatalogueEntry
from cli.models.model_error import ModelError, WrongFileError
from cli.models.part import Part
from cli.models.transfer import Patience, Watcher, transfer
from core.errors import StartupError
from shared.gguf_file import check_gguf
from shared.model_choice import model_file, models_folder

_SPARE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 4 * 1024 * 1024


class PullWatcher(Watcher, Protocol):
    """Is told how a pull goes."""

    def checking(self) -> None:
        """Every byte is here and its hash is computed now."""


async def pull(
    home: Path, entry: CatalogueEntry, watcher: PullWatcher, patience: Patience | None = None
) -> bool:
    """Bring the model of ``entry`` to MESH_HOME/models; False when it was there, and whole.

    A pull that is interrupted leaves a part, with which the next one goes on.
    Raises: ModelError (no room, another pull under way, no answer, wrong length, wrong hash).
    """
    folder = models_folder(home)
    try:
        for each in (home, folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        with hold_model(home, entry.name):
            target = model_file(home, entry.name)
            if await is_whole(target, entry):
                return False
            await _fetch(target, entry, watcher, patience)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written ({error.strerror}): once there is room, "
            f"`mesh models pull {entry.name}` goes on where it stopped"
        ) from error
    return True


async def _fetch(
    target: Path, entry: CatalogueEntry, watcher: PullWatcher, patience: Patience | None
) -> None:
    part = Part(target, entry)
    try:
        with part:
            _check_room(target.parent, entry, part.size)
            await transfer(entry, part, watcher, patience)
        watcher.checking()
        await _check(part.path, entry)
    except WrongFileError:
        part.remove()
        raise
    part.become(target)
    sync_folder(target.parent)


async def _check(path: Path, entry: CatalogueEntry) -> None:
    found = await sha256_of(path)
    if found != entry.sha256:
        raise WrongFileError(
            f"{entry.address} has sha256 {found}, the catalogue says {entry.sha256}: "
            "what was received is deleted"
        )
    try:
        check_gguf(path, entry.name, "")
    except StartupError as error:
        raise WrongFileError(f"{entry.address} is no GGUF file: it is deleted") from error


@contextmanager
def hold_model(home: Path, name: str) -> Iterator[None]:
    """Hold the model ``name`` alone; the kernel lets go when the process dies.

    Raises: ModelError while another process holds it, OSError.
    """
    path = models_folder(home) / f".{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelError(f"another `mesh models` works on {name} already") from error
        yield
    finally:
        os.close(descriptor)


async def is_whole(path: Path, entry: CatalogueEntry) -> bool:
    """Say whether the file at ``path`` is what the catalogue says, byte for byte."""
    return _size_of(path) == entry.size_bytes and await sha256_of(path) == entry.sha256


async def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex; a Ctrl-C ends it at once."""
    digest = hashlib.sha256()
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            await asyncio.to_thread(digest.update, chunk)
    return digest.hexdigest()


def _size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1


def _check_room(folder: Path, entry: CatalogueEntry, there: int) -> None:
    needed = entry.size_bytes - there + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"{entry.name} needs {needed / 1e9:.1f} GB more in {folder}, "
            f"where {free / 1e9:.1f} GB are free: free some space, or move MESH_HOME"
        )
