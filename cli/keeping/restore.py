"""A restore: the backup takes the place of what is there, which is moved aside and kept."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli.keeping.archive import unpack, verify
from cli.keeping.manifest import Manifest
from cli.keeping.places import KNOWN_VERSIONS, Places
from cli.keeping.replacement import Move, Replacement, cut_replacement
from cli.keeping.sqlite_files import SIDE_FILES, problems, schema_version
from core.errors import DataLoss, InvalidInput, WrongState
from shared.home_lock import hold_home_alone

_SCRATCH = "restoring"


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that is done: what was restored, and where lies what was there before."""

    manifest: Manifest
    moved_aside: list[Path]


def restore_backup(places: Places, file: Path) -> Restored:
    """Put a backup in the place of what is there. The stack is down meanwhile and cannot start.

    Everything is checked and unpacked before anything is touched. Raises: WrongState (a service
    runs, or a restore was cut), InvalidInput, DataLoss, OSError (disk full and the like).
    """
    with hold_home_alone(places.home), _agent_lock(places.agent):
        if cut_replacement(places.home) is not None:
            raise WrongState(f"a restore to {places.home} was cut: `mesh restore --finish` ends it")
        manifest = verify(file)
        _check_names(places, manifest)
        spots = _spots(places, manifest)
        replacement = _plan(places, manifest, spots)
        _clear(replacement)
        try:
            unpack(file, {name: spot.new for name, spot in spots.items()})
            _check_databases(manifest, spots)
        except BaseException:
            _clear(replacement)
            raise
        replacement.begin(places.home)
        replacement.carry_out(places.home)
    return Restored(manifest, replacement.moved_aside)


def finish_restore(places: Places) -> list[Path] | None:
    """End a restore that was cut; return where lies what was there before, None if none was cut.

    Raises: WrongState (a service runs), DataLoss, OSError.
    """
    if cut_replacement(places.home) is None:
        return None
    with hold_home_alone(places.home), _agent_lock(places.agent):
        replacement = cut_replacement(places.home)
        if replacement is None:
            return None
        replacement.carry_out(places.home)
    return replacement.moved_aside


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where something lies, and the folders for what was there and for what comes instead."""

    name: str
    live: Path
    kept: Path
    scratch: Path

    @property
    def aside(self) -> Path:
        """Where it goes."""
        return self.kept / self.name

    @property
    def new(self) -> Path:
        """Where what comes instead is unpacked."""
        return self.scratch / self.name


def _spots(places: Places, manifest: Manifest) -> dict[str, _Spot]:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    names = sorted({*places.databases, *places.folders, *manifest.databases})
    return {name: _spot(places, name, stamp) for name in names}


def _spot(places: Places, name: str, stamp: str) -> _Spot:
    """Renames are atomic on one file system: what lies on another than MESH_HOME stays there."""
    live = places.live(name)
    folder = next(each for each in live.parents if each.exists())
    base = places.home if folder.stat().st_dev == places.home.stat().st_dev else folder
    return _Spot(name, live, base / f"before-restore-{stamp}", base / _SCRATCH)


def _plan(places: Places, manifest: Manifest, spots: Mapping[str, _Spot]) -> Replacement:
    """Every database and folder is replaced; one that the backup lacks is moved aside all the same.

    The log beside a database belongs to it and goes with it.
    """
    held = {*manifest.databases, *manifest.folders}
    moves: list[Move] = []
    for name, spot in spots.items():
        moves.append(Move(str(spot.live), str(spot.aside), str(spot.new) if name in held else ""))
        if name not in places.folders:
            moves += [Move(f"{spot.live}{end}", f"{spot.aside}{end}") for end in SIDE_FILES]
    moves = [move for move in moves if move.new or os.path.lexists(move.live)]
    for move in moves:
        if os.path.ismount(move.live):
            raise WrongState(f"{move.live} is a mount point and cannot be moved aside")
    kept = {str(spot.kept) for spot in spots.values()}
    return Replacement(moves, sorted(kept), sorted({str(spot.scratch) for spot in spots.values()}))


def _check_names(places: Places, manifest: Manifest) -> None:
    for name in [*manifest.files, *manifest.folders, *manifest.databases]:
        if name in manifest.databases:
            known = name in manifest.files and _is_known(places, name)
        else:
            known = any(name == each or name.startswith(f"{each}/") for each in places.folders)
        if not known:
            raise InvalidInput(f"the backup holds {name!r}, which this version does not know")
    for name, version in manifest.databases.items():
        if version > KNOWN_VERSIONS.get(name, version):
            raise InvalidInput(
                f"{name} of the backup was written by a newer version of the mesh (schema "
                f"{version}, this one knows {KNOWN_VERSIONS[name]}): use that version"
            )


def _is_known(places: Places, name: str) -> bool:
    try:
        places.live(name)
    except KeyError:
        return False
    return True


def _check_databases(manifest: Manifest, spots: Mapping[str, _Spot]) -> None:
    for name, version in manifest.databases.items():
        copy = spots[name].new
        if found := problems(copy, unused=True):
            raise DataLoss(f"{name} of the backup is damaged ({found[0]})")
        if schema_version(copy, unused=True) != version:
            raise DataLoss(f"{name} of the backup has another schema than its manifest says")


def _clear(replacement: Replacement) -> None:
    for folder in replacement.scratch:
        if Path(folder).exists():
            shutil.rmtree(folder)


@contextmanager
def _agent_lock(database: Path) -> Iterator[None]:
    """Hold the agent's lock: an agent of another MESH_HOME may use the same database."""
    path = database.with_suffix(".lock")
    if not path.exists():
        yield
        return
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise WrongState(f"the database {database} belongs to a running agent") from None
    finally:
        os.close(descriptor)
