"""The archive of a backup: written once, checked as a whole, unpacked by name."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from cli.keeping import manifest as manifests
from cli.keeping.manifest import FileEntry, Manifest
from core.errors import DataLoss, InvalidInput

_CHUNK = 1024 * 1024
_SPOOLED = 8 * 1024 * 1024
_COMPRESSION = 6
_MAX_MANIFEST = 256 * 1024 * 1024


@contextmanager
def write_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Write a new archive, for its owner alone; all is on the disk when the block has ended."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_COMPRESSION) as tar:
            yield ArchiveWriter(tar, path.parent)
        file.flush()
        os.fsync(file.fileno())


class ArchiveWriter:
    """Writes files and folders, each under the name that a restore asks for."""

    def __init__(self, tar: tarfile.TarFile, scratch: Path) -> None:
        """Write to ``tar``; large files take their room in the folder ``scratch`` for a while."""
        self._tar = tar
        self._scratch = scratch
        self.files: dict[str, FileEntry] = {}
        self.folders: list[str] = []

    def add_file(self, name: str, source: Path) -> None:
        """Add a file as it is now; one that changes while it is read is added as it was read."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        with (
            os.fdopen(os.open(source, flags), "rb") as file,
            tempfile.SpooledTemporaryFile(_SPOOLED, dir=str(self._scratch)) as copy,
        ):
            digest = hashlib.sha256()
            while piece := file.read(_CHUNK):
                digest.update(piece)
                copy.write(piece)
            about = os.fstat(file.fileno())
            info = _info(name, about.st_mode & 0o777, about.st_mtime)
            info.size = copy.tell()
            copy.seek(0)
            self._tar.addfile(info, copy)
        self.files[name] = FileEntry(info.size, digest.hexdigest())

    def add_folder(self, name: str, source: Path) -> None:
        """Add a folder without what is in it."""
        about = source.stat()
        info = _info(name, about.st_mode & 0o777, about.st_mtime)
        info.type = tarfile.DIRTYPE
        self._tar.addfile(info)
        self.folders.append(name)

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the manifest, which comes last."""
        content = manifest.to_json()
        info = _info(manifests.NAME, 0o600, 0)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


def verify(archive: Path) -> Manifest:
    """Read a backup from end to end and return its manifest. Nothing is written.

    Raises: InvalidInput (no file, no backup, a name that leads out), DataLoss.
    """
    found: dict[str, FileEntry | None] = {}
    manifest: Manifest | None = None
    with _reading(archive) as tar:
        for info in tar:
            _check_name(archive, info)
            if info.name in found or manifest is not None:
                raise InvalidInput(f"{archive} is refused: {info.name!r} comes twice or late")
            content = tar.extractfile(info) if info.isreg() else None
            if content is not None and info.name == manifests.NAME:
                manifest = Manifest.from_json(content.read(_MAX_MANIFEST))
            else:
                found[info.name] = None if content is None else _entry(content)
    if manifest is None:
        raise DataLoss(f"{archive} is cut, or no backup of the mesh: no manifest ends it")
    _compare(archive, manifest, found)
    return manifest


def unpack(archive: Path, targets: dict[str, Path]) -> None:
    """Write what ``targets`` names to the paths that it gives; a folder with all that is in it.

    Nothing is left to tarfile's own extraction: a link or a name that leads out gets nowhere.
    The archive was verified before. All is on the disk on return. Raises: OSError (disk full).
    """
    with _reading(archive) as tar:
        for info in tar:
            _check_name(archive, info)
            target = _target(info.name, targets)
            if target is None:
                continue
            content = tar.extractfile(info) if info.isreg() else None
            if content is None:
                target.mkdir(parents=True, exist_ok=True)
                target.chmod((info.mode & 0o777) | 0o700)
                continue
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(_create(target, info.mode), "wb") as file:
                shutil.copyfileobj(content, file, _CHUNK)
                file.flush()
                os.fsync(file.fileno())
            os.utime(target, (info.mtime, info.mtime))


@contextmanager
def _reading(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        file = archive.open("rb")
    except OSError as error:
        raise InvalidInput(f"{archive} cannot be read ({error.strerror})") from error
    with file:
        try:
            with tarfile.open(fileobj=file, mode="r|gz") as tar:
                yield tar
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise DataLoss(f"{archive} is damaged, or no backup of the mesh ({error})") from error


def _check_name(archive: Path, info: tarfile.TarInfo) -> None:
    pure = PurePosixPath(info.name)
    plain = info.name == str(pure) and "\0" not in info.name
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or not plain:
        raise InvalidInput(f"{archive} is refused: {info.name!r} leads out of its folder")
    if not info.isreg() and not info.isdir():
        raise InvalidInput(f"{archive} is refused: {info.name!r} is neither a file nor a folder")


def _compare(archive: Path, manifest: Manifest, found: Mapping[str, FileEntry | None]) -> None:
    wanted = {**manifest.files, **dict.fromkeys(manifest.folders, None)}
    for name in sorted({*wanted, *found}):
        if name not in found:
            raise DataLoss(f"{archive} is damaged: {name!r} is missing")
        if name not in wanted:
            raise DataLoss(f"{archive} is damaged: its manifest does not know {name!r}")
        if wanted[name] != found[name]:
            raise DataLoss(f"{archive} is damaged: {name!r} is not what the manifest says")


def _entry(content: IO[bytes]) -> FileEntry:
    digest, size = hashlib.sha256(), 0
    while piece := content.read(_CHUNK):
        digest.update(piece)
        size += len(piece)
    return FileEntry(size, digest.hexdigest())


def _target(name: str, targets: dict[str, Path]) -> Path | None:
    for known, target in targets.items():
        if name == known:
            return target
        if name.startswith(f"{known}/"):
            return target / name.removeprefix(f"{known}/")
    return None


def _create(path: Path, mode: int) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(path, flags, (mode & 0o777) | 0o600)


def _info(name: str, mode: int, modified_at: float) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = mode, int(modified_at)
    return info
