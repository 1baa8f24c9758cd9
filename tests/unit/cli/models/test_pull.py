"""A pull brings exactly the catalogue's bytes, whatever the server does, or says why not."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import namedtuple
from pathlib import Path

import pytest

from cli.models import pulling
from cli.models.catalogue import CatalogueEntry
from cli.models.model_error import ModelError, WrongFileError
from cli.models.pulling import hold_model, pull
from cli.models.transfer import Patience
from shared.model_choice import model_file
from tests.model_host import Answer, serve
from tests.unit.cli.models.seen import Seen, files, part

CONTENT = b"GGUF" + random.Random(4).randbytes(400_000)
QUICK = Patience(attempts=4, first_seconds=0.01, longest_seconds=0.02, read_seconds=5)


async def pulled(home: Path, entry: CatalogueEntry) -> Seen:
    """Pull, and check what lies there then."""
    seen = Seen()
    assert await pull(home, entry, seen, QUICK)
    assert model_file(home, entry.name).read_bytes() == CONTENT
    assert files(home) == ["served.gguf"]
    assert seen.checked
    return seen


async def test_a_whole_file(tmp_path: Path) -> None:
    with serve(CONTENT) as host:
        seen = await pulled(tmp_path, host.entry())
        assert seen.breaks == []
        assert seen.sizes[-1] == len(CONTENT)
        assert host.ranges == [""]
        assert host.asked[0]["accept-encoding"] == "identity"
        assert not await pull(tmp_path, host.entry(), Seen(), QUICK)
        assert len(host.asked) == 1


async def test_a_transfer_that_breaks_off_goes_on_where_it_broke(tmp_path: Path) -> None:
    answers = (Answer(cut_after=100_000), Answer(cut_after=150_000), Answer())
    with serve(CONTENT, *answers) as host:
        seen = await pulled(tmp_path, host.entry())
        assert host.ranges == ["", "bytes=100000-", "bytes=250000-"]
        assert [each.get("if-range") for each in host.asked] == [None, '"v1"', '"v1"']
        assert len(seen.breaks) == 2


async def test_more_breaks_than_attempts_are_fine_as_long_as_bytes_come(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=50_000)) as host:
        seen = await pulled(tmp_path, host.entry())
        assert len(seen.breaks) == 8 > QUICK.attempts


async def test_a_pull_goes_on_with_the_part_of_an_earlier_one(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=123_456), Answer(status=503)) as host:
        with pytest.raises(ModelError, match="123,456 bytes are kept"):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
        assert part(tmp_path).read_bytes() == CONTENT[:123_456]
        host.answers = [*[Answer()] * len(host.asked), Answer()]
        await pulled(tmp_path, host.entry())
        assert host.ranges[-1] == "bytes=123456-"


async def test_a_server_that_ignores_ranges_starts_over(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=100_000), Answer(takes_ranges=False)) as host:
        seen = await pulled(tmp_path, host.entry())
        assert host.ranges == ["", "bytes=100000-"]
        assert 0 in seen.sizes[1:]


async def test_a_file_that_changed_meanwhile_starts_over(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=100_000, etag='"old"'), Answer(etag='"new"')) as host:
        await pulled(tmp_path, host.entry())
        assert host.asked[1]["if-range"] == '"old"'


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
async def test_without_a_strong_etag_the_hash_alone_decides(tmp_path: Path, etag: str) -> None:
    with serve(CONTENT, Answer(cut_after=100_000, etag=etag)) as host:
        host.answers = (Answer(cut_after=100_000, etag=etag), Answer(etag=etag))
        await pulled(tmp_path, host.entry())
        assert "if-range" not in host.asked[1]
        assert host.ranges[1] == "bytes=100000-"


async def test_another_range_than_asked_for_starts_over(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=100_000), Answer(wrong_range=True), Answer()) as host:
        await pulled(tmp_path, host.entry())
        assert host.ranges == ["", "bytes=100000-", ""]


async def test_the_part_of_another_file_is_not_gone_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "served.gguf.part").write_bytes(b"x" * 1000)
    origin = {"address": "http://127.0.0.1/other", "sha256": "0" * 64, "etag": ""}
    (folder / "served.gguf.part.json").write_text(json.dumps(origin), encoding="utf-8")
    with serve(CONTENT) as host:
        await pulled(tmp_path, host.entry())
        assert host.ranges == [""]


async def test_a_part_that_is_whole_already_is_checked_without_a_request(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(cut_after=400_000)) as host:
        host.answers = (Answer(cut_after=400_000), Answer(status=503))
        with pytest.raises(ModelError):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
        part(tmp_path).write_bytes(CONTENT)
        before = len(host.asked)
        await pulled(tmp_path, host.entry())
        assert len(host.asked) == before


async def test_a_wrong_hash_leaves_nothing(tmp_path: Path) -> None:
    with serve(CONTENT) as host, pytest.raises(WrongFileError) as refused:
        await pull(tmp_path, host.entry(sha256="0" * 64), Seen(), QUICK)
    assert hashlib.sha256(CONTENT).hexdigest() in str(refused.value)
    assert "\n" not in str(refused.value)
    assert files(tmp_path) == []


@pytest.mark.parametrize("ends_by", ["length", "chunks", "close"])
@pytest.mark.parametrize("difference", [-1000, 1000])
async def test_a_wrong_length_leaves_nothing(tmp_path: Path, ends_by: str, difference: int) -> None:
    with serve(CONTENT, Answer(ends_by=ends_by)) as host:  # type: ignore[arg-type]
        entry = host.entry(size_bytes=len(CONTENT) + difference)
        with pytest.raises(ModelError) as refused:
            await pull(tmp_path, entry, Seen(), QUICK)
    if isinstance(refused.value, WrongFileError):
        assert f"{entry.size_bytes:,}" in str(refused.value)
        assert files(tmp_path) == []
    else:
        # A body that ends with the connection is one that may have broken off.
        assert (ends_by, difference) == ("close", 1000)
    assert not model_file(tmp_path, "served").exists()


@pytest.mark.parametrize("ends_by", ["chunks", "close"])
async def test_a_server_that_does_not_say_the_length(tmp_path: Path, ends_by: str) -> None:
    with serve(CONTENT, Answer(ends_by=ends_by)) as host:  # type: ignore[arg-type]
        await pulled(tmp_path, host.entry())


async def test_what_is_no_gguf_leaves_nothing(tmp_path: Path) -> None:
    with serve(b"<html>please log in</html>") as host, pytest.raises(WrongFileError, match="GGUF"):
        await pull(tmp_path, host.entry(), Seen(), QUICK)
    assert files(tmp_path) == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_refusal_is_final(tmp_path: Path, status: int) -> None:
    with serve(CONTENT, Answer(status=status)) as host:
        with pytest.raises(ModelError, match=f"HTTP {status}"):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
        assert len(host.asked) == 1


async def test_an_error_of_the_moment_is_waited_for(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(status=503), Answer(status=429), Answer()) as host:
        seen = await pulled(tmp_path, host.entry())
        assert seen.breaks == ["HTTP 503", "HTTP 429"]


async def test_a_redirect_is_followed_with_its_range(tmp_path: Path) -> None:
    answers = (Answer(redirect=True, cut_after=100_000), Answer(redirect=True))
    with serve(CONTENT, *answers) as host:
        await pulled(tmp_path, host.entry())
        assert host.ranges == ["", "bytes=100000-"]


async def test_nobody_there(tmp_path: Path) -> None:
    with serve(CONTENT) as host:
        entry = host.entry()
    with pytest.raises(ModelError) as refused:
        await pull(tmp_path, entry, Seen(), QUICK)
    assert entry.address in str(refused.value)
    assert "kept" not in str(refused.value)


async def test_a_slow_stream_comes_through_and_a_dead_one_is_left(tmp_path: Path) -> None:
    patience = Patience(attempts=3, first_seconds=0.01, read_seconds=0.3)
    answers = (Answer(hang_after=80_000), Answer(piece_seconds=0.02))
    with serve(CONTENT, *answers) as host:
        seen = Seen()
        assert await pull(tmp_path, host.entry(), seen, patience)
        assert model_file(tmp_path, "served").read_bytes() == CONTENT
        assert len(seen.breaks) == 1
        assert host.ranges[1].startswith("bytes=8")


async def test_an_interrupted_pull_keeps_its_part(tmp_path: Path) -> None:
    with serve(CONTENT, Answer(hang_after=80_000), Answer()) as host:
        task = asyncio.create_task(pull(tmp_path, host.entry(), Seen(), QUICK))
        while not part(tmp_path).exists() or not host.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        received = part(tmp_path).stat().st_size
        assert received >= 80_000
        await pulled(tmp_path, host.entry())
        assert host.ranges == ["", f"bytes={received}-"]


async def test_a_second_pull_at_once_is_refused(tmp_path: Path) -> None:
    with serve(CONTENT) as host:
        (tmp_path / "models").mkdir()
        with hold_model(tmp_path, "served"), pytest.raises(ModelError, match="already"):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
        await pulled(tmp_path, host.entry())


async def test_no_room_is_said_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with serve(CONTENT) as host:
        with pytest.raises(ModelError, match="are free"):
            await pull(tmp_path, host.entry(), Seen(), QUICK)
        assert host.asked == []


async def test_a_full_disk_while_pulling_is_one_line_and_keeps_the_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with serve(CONTENT) as host:
        with monkeypatch.context() as patched:
            patched.setattr("cli.models.part.Part.append", full)
            with pytest.raises(ModelError, match="No space left on device"):
                await pull(tmp_path, host.entry(), Seen(), QUICK)
        await pulled(tmp_path, host.entry())


async def test_a_damaged_model_is_pulled_anew(tmp_path: Path) -> None:
    with serve(CONTENT) as host:
        await pulled(tmp_path, host.entry())
        model_file(tmp_path, "served").write_bytes(CONTENT[:-1] + b"\0")
        await pulled(tmp_path, host.entry())
        assert len(host.asked) == 2
