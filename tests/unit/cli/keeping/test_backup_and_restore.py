"""A backup is whole or not there, and a restore loses nothing wherever it is cut."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.keeping import backup as backups
from cli.keeping import replacement
from cli.keeping.backup import make_backup
from cli.keeping.places import Places
from cli.keeping.restore import finish_restore, restore_backup
from core.errors import DataLoss, InvalidInput, StartupError, WrongState
from shared.home_lock import CUT_RESTORE, hold_home_alone, share_home
from shared.sqlite import Schema

from .conftest import add_task, content, make, places_of


def test_what_is_backed_up_comes_back_elsewhere(places: Places, tmp_path: Path) -> None:
    made = make_backup(places, tmp_path / "b.tar.gz")
    assert made.manifest.databases == {
        "agent/mesh.db": 6,
        "tool/ledger.db": 1,
        "chroma/sources.db": 3,
    }
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    other = places_of(tmp_path / "other")
    restored = restore_backup(other, made.file)
    assert content(other) == content(places)
    assert (other.workspace / "notes" / "empty").is_dir()
    assert os.access(other.workspace / "run.sh", os.X_OK)
    assert restored.moved_aside == []
    assert sorted(each.name for each in other.home.iterdir()) == [
        "agent", "chroma", "home.lock", "tool", "workspace"]  # fmt: skip


def test_a_backup_holds_what_was_committed_while_a_writer_goes_on(
    places: Places, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(places.agent, isolation_level=None)) as writer:
        add_task(writer, "t2")
        writer.execute("BEGIN IMMEDIATE")
        add_task(writer, "not committed")
        before = places.agent.with_name("mesh.db-wal").read_bytes()
        make_backup(places, tmp_path / "b.tar.gz")
        assert places.agent.with_name("mesh.db-wal").read_bytes() == before
        writer.execute("ROLLBACK")
    other = places_of(tmp_path / "other")
    restore_backup(other, tmp_path / "b.tar.gz")
    with closing(sqlite3.connect(other.agent)) as copy:
        assert [row[0] for row in copy.execute("SELECT task_id FROM tasks")] == ["t1", "t2"]


def test_a_log_that_a_crash_left_is_read_and_left_alone(places: Places, tmp_path: Path) -> None:
    with closing(sqlite3.connect(places.agent, isolation_level=None)) as writer:
        add_task(writer, "t2")
        for name in ("mesh.db", "mesh.db-wal"):
            shutil.copy(places.agent.with_name(name), tmp_path / name)
    for name in ("mesh.db", "mesh.db-wal"):
        shutil.copy(tmp_path / name, places.agent.with_name(name))
    wal = places.agent.with_name("mesh.db-wal").read_bytes()
    make_backup(places, tmp_path / "b.tar.gz")
    assert places.agent.with_name("mesh.db-wal").read_bytes() == wal
    other = places_of(tmp_path / "other")
    restore_backup(other, tmp_path / "b.tar.gz")
    assert content(other) == content(places)


def test_a_backup_that_is_there_is_kept_unless_forced(places: Places, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    file.write_text("precious", encoding="utf-8")
    with pytest.raises(InvalidInput, match="--force"):
        make_backup(places, file)
    assert file.read_text(encoding="utf-8") == "precious"
    make_backup(places, file, force=True)
    assert file.read_bytes()[:2] == b"\x1f\x8b"
    with pytest.raises(InvalidInput, match="workspace"):
        make_backup(places, places.workspace / "b.tar.gz")
    with pytest.raises(InvalidInput, match="no folder"):
        make_backup(places, tmp_path / "nowhere" / "b.tar.gz")
    with pytest.raises(InvalidInput, match="no database"):
        make_backup(places_of(tmp_path / "empty"), tmp_path / "c.tar.gz")


def test_a_backup_that_fails_leaves_nothing(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sorted(tmp_path.rglob("*"))
    with monkeypatch.context() as patch:
        patch.setattr(backups, "copy_knowledge", full)
        with pytest.raises(OSError, match="No space"):
            make_backup(places, tmp_path / "b.tar.gz")
    damaged = places.agent.read_bytes()
    places.agent.write_bytes(damaged[:4096] + b"\xff" * (len(damaged) - 4096))
    with pytest.raises(DataLoss, match=r"mesh\.db"):
        make_backup(places, tmp_path / "b.tar.gz")
    left = [each for each in tmp_path.rglob("*") if not each.name.endswith(("-wal", "-shm"))]
    assert sorted(left) == before


def test_links_and_pipes_are_left_out_and_named(places: Places, tmp_path: Path) -> None:
    (places.workspace / "out").symlink_to(tmp_path)
    os.mkfifo(places.workspace / "pipe")
    made = make_backup(places, tmp_path / "b.tar.gz")
    assert made.manifest.left_out == ["workspace/out", "workspace/pipe"]


def test_names_of_any_bytes_come_back(places: Places, tmp_path: Path) -> None:
    for name in ("ä b", "back\\slash", "new\nline", "x" * 250, "-", "undecodable\udcff"):
        (places.workspace / name).write_text(repr(name), encoding="utf-8")
    make_backup(places, tmp_path / "b.tar.gz")
    other = places_of(tmp_path / "other")
    restore_backup(other, tmp_path / "b.tar.gz")
    assert content(other) == content(places)


def test_what_was_there_before_is_moved_aside(places: Places, tmp_path: Path) -> None:
    make_backup(places, tmp_path / "b.tar.gz")
    with closing(make(places.home / "llm" / "calls.db", Schema(1, "CREATE TABLE later (n);"))):
        pass
    with closing(sqlite3.connect(places.agent, isolation_level=None)) as writer:
        add_task(writer, "later")
    (places.workspace / "later.txt").write_text("later", encoding="utf-8")
    after = content(places)
    [aside] = restore_backup(places, tmp_path / "b.tar.gz").moved_aside
    assert content(places_of(aside)) == after
    assert set(after) - set(content(places)) == {"llm/calls.db", "workspace/later.txt"}


def test_the_log_of_the_present_database_does_not_meet_the_restored_one(
    places: Places, tmp_path: Path
) -> None:
    make_backup(places, tmp_path / "b.tar.gz")
    before = content(places)
    with closing(sqlite3.connect(places.agent, isolation_level=None)) as writer:
        add_task(writer, "later")
        assert places.agent.with_name("mesh.db-wal").exists()
        restore_backup(places, tmp_path / "b.tar.gz")
        assert not places.agent.with_name("mesh.db-wal").exists()
    assert content(places) == before


def test_a_restore_that_is_cut_anywhere_is_finished(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(places, tmp_path / "b.tar.gz")
    wanted = content(places)
    (places.workspace / "later.txt").write_text("later", encoding="utf-8")
    present = content(places)
    rename = os.rename
    for allowed in range(11):
        home = tmp_path / f"cut-{allowed}"
        shutil.copytree(places.home, home)
        done = 0

        def cut(source: str, target: str) -> None:
            nonlocal done
            if done == allowed:  # noqa: B023 - called within the round
                raise KeyboardInterrupt
            done += 1
            rename(source, target)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(replacement.os, "rename", cut)
            restore_backup(places_of(home), tmp_path / "b.tar.gz")
            raise KeyboardInterrupt  # more were allowed than there are
        if (home / CUT_RESTORE).exists():
            with pytest.raises(StartupError, match="mesh restore --finish"), share_home(home):
                pass
            with pytest.raises(WrongState, match="--finish"):
                restore_backup(places_of(home), tmp_path / "b.tar.gz")
            moved = finish_restore(places_of(home))
            assert moved is not None
            [aside] = moved
            assert content(places_of(aside)) == present
        assert content(places_of(home)) == wanted
        assert not (home / CUT_RESTORE).exists()
        assert not (home / "restoring").exists()
        with share_home(home):
            pass
    assert done == 10
    assert finish_restore(places) is None


def test_nothing_is_restored_while_a_service_runs(places: Places, tmp_path: Path) -> None:
    make_backup(places, tmp_path / "b.tar.gz")
    before = content(places)
    with share_home(places.home), share_home(places.home):
        with pytest.raises(WrongState, match="mesh down"):
            restore_backup(places, tmp_path / "b.tar.gz")
        make_backup(places, tmp_path / "c.tar.gz")
    assert content(places) == before
    with (
        hold_home_alone(places.home),
        pytest.raises(StartupError, match="being restored"),
        share_home(places.home),
    ):
        pass


def test_databases_and_workspaces_elsewhere_are_kept_too(places: Places, tmp_path: Path) -> None:
    make_backup(places, tmp_path / "b.tar.gz")
    other = places_of(
        tmp_path / "other",
        checkpoint_db_path=tmp_path / "elsewhere" / "agent.db",
        tool_workspace=tmp_path / "desk",
    )
    restore_backup(other, tmp_path / "b.tar.gz")
    assert content(other) == content(places)
    assert (tmp_path / "desk" / "notes" / "a.txt").exists()
    make_backup(other, tmp_path / "c.tar.gz")
    restore_backup(other, tmp_path / "c.tar.gz")
    assert content(other) == content(places)
