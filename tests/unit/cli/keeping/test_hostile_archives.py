"""An archive that is damaged, cut, of another version, or wants out of its folder is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.keeping.backup import make_backup
from cli.keeping.places import Places
from cli.keeping.restore import restore_backup
from core.errors import DataLoss, InvalidInput, MeshError

from .conftest import content

Members = list[tuple[tarfile.TarInfo, bytes]]


def members(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        return [(info, file.read() if (file := tar.extractfile(info)) else b"") for info in tar]


def rewrite(archive: Path, found: Members) -> None:
    with tarfile.open(archive, "w:gz") as tar:
        for info, data in found:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def edit_manifest(found: Members, edit: Callable[[dict[str, Any]], None]) -> None:
    info, data = found.pop()
    values = json.loads(data)
    edit(values)
    found.append((info, json.dumps(values).encode()))


def insert(found: Members, name: str, data: bytes = b"x", **about: Any) -> None:
    """Add an entry that the manifest knows, so that only its name or kind speaks against it."""
    info = tarfile.TarInfo(name)
    for key, value in about.items():
        setattr(info, key, value)
    entry = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    edit_manifest(found, lambda manifest: manifest["files"].__setitem__(name, entry))
    found.insert(-1, (info, data))


@pytest.fixture
def archive(places: Places, tmp_path: Path) -> Path:
    return make_backup(places, tmp_path / "b.tar.gz").file


def refused(places: Places, archive: Path, kind: type[MeshError], match: str) -> None:
    """The archive is refused, and nothing has changed, in MESH_HOME or outside it."""
    before = content(places)
    around = sorted(places.home.parent.rglob("*"))
    with pytest.raises(kind, match=match):
        restore_backup(places, archive)
    assert content(places) == before
    made = set(places.home.parent.rglob("*")) - set(around)
    assert {each.name for each in made} <= {"home.lock", "mesh.db-wal", "mesh.db-shm"} | {
        each.name for each in made if each.name.endswith(("-wal", "-shm"))
    }


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "workspace/../../evil",
        "/tmp/evil-of-the-mesh",
        "workspace/./a",
        "workspace//a",
        ".",
    ],
)
def test_a_name_that_leads_out(places: Places, archive: Path, name: str) -> None:
    found = members(archive)
    insert(found, name)
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "refused")
    assert not Path("/tmp/evil-of-the-mesh").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_a_link_or_a_special_file(places: Places, archive: Path, kind: bytes) -> None:
    found = members(archive)
    insert(found, "workspace/link", b"", type=kind, linkname="/etc/passwd")
    insert(found, "workspace/link/inside", b"")
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "neither a file nor a folder")


@pytest.mark.parametrize("name", ["token", "agent/other.db", "llm/x/y.db", "run/supervisord.conf"])
def test_a_name_that_is_not_the_mesh_s_to_restore(places: Places, archive: Path, name: str) -> None:
    found = members(archive)
    insert(found, name)
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "does not know")


def test_a_name_that_comes_twice(places: Places, archive: Path) -> None:
    found = members(archive)
    insert(found, "workspace/notes/a.txt", b"other")
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "twice")


def test_content_that_is_not_what_the_manifest_says(places: Places, archive: Path) -> None:
    found = members(archive)
    at = next(i for i, (info, _) in enumerate(found) if info.name == "workspace/notes/a.txt")
    found[at] = (found[at][0], b"two\n")
    rewrite(archive, found)
    refused(places, archive, DataLoss, r"a\.txt")
    del found[at]
    rewrite(archive, found)
    refused(places, archive, DataLoss, "missing")
    found = members(archive)
    found.insert(0, (tarfile.TarInfo("workspace/extra"), b""))
    rewrite(archive, found)
    refused(places, archive, DataLoss, "missing|does not know")


def test_an_archive_that_is_cut_or_damaged_anywhere(places: Places, archive: Path) -> None:
    whole = archive.read_bytes()
    # The last bytes say nothing: they pad the archive behind its manifest.
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 200):
        archive.write_bytes(whole[:size])
        refused(places, archive, DataLoss, "damaged|cut")
    for at in range(30, len(whole) - 200, len(whole) // 12):
        archive.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        refused(places, archive, DataLoss, "damaged|cut")
    archive.write_bytes(gzip.compress(gzip.decompress(whole)[: 60 * 512]))
    refused(places, archive, DataLoss, "damaged|cut")
    archive.unlink()
    refused(places, archive, InvalidInput, "cannot be read")


def test_another_version(places: Places, archive: Path) -> None:
    found = members(archive)
    edit_manifest(found, lambda manifest: manifest.update(format=2))
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "format 2")
    edit_manifest(found, lambda manifest: manifest.update(format=1))
    edit_manifest(found, lambda manifest: manifest["databases"].update({"agent/mesh.db": 99}))
    rewrite(archive, found)
    refused(places, archive, InvalidInput, "newer version")
    edit_manifest(found, lambda manifest: manifest["databases"].update({"agent/mesh.db": 0}))
    rewrite(archive, found)
    refused(places, archive, DataLoss, "another schema")


def test_a_damaged_database_in_a_sound_archive(
    places: Places, archive: Path, tmp_path: Path
) -> None:
    found = members(archive)
    at = next(i for i, (info, _) in enumerate(found) if info.name == "tool/ledger.db")
    damaged = found[at][1][:4096] + b"\xff" * (len(found[at][1]) - 4096)
    found.pop(at)
    insert(found, "tool/ledger.db", damaged)
    rewrite(archive, found)
    refused(places, archive, DataLoss, r"tool/ledger\.db of the backup is damaged")
    with closing(sqlite3.connect(tmp_path / "sound.db")) as sound:
        assert sound.execute("PRAGMA quick_check").fetchone() == ("ok",)
