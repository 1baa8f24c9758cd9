"""Copies that cannot be of one instant fit all the same."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from cli.keeping import backup as backups
from cli.keeping import knowledge_copy
from cli.keeping.backup import make_backup
from cli.keeping.knowledge_copy import copy_knowledge
from cli.keeping.ledger_copy import copy_ledger
from cli.keeping.places import AGENT, LEDGER, Places
from core.errors import Unavailable

from .conftest import AT, add_call, add_task


def receipts(path: Path) -> dict[str, bool]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT call_id, result IS NOT NULL FROM calls")
        return {call_id: bool(received) for call_id, received in rows}


def test_a_receipt_whose_effect_the_workspace_s_copy_may_lack_becomes_an_intent(
    places: Places, tmp_path: Path
) -> None:
    live = places.databases[LEDGER]
    with closing(sqlite3.connect(live, isolation_level=None)) as ledger:
        add_call(ledger, "cut", {"bytes": 1}, received=False)

        def meanwhile() -> None:
            add_call(ledger, "appended", {"bytes": 4}, received=True)
            add_call(ledger, "begun", {"bytes": 9}, received=False)
            add_call(ledger, "computed", {}, received=True)
            ledger.execute("UPDATE calls SET result = '{}' WHERE call_id = 'cut'")

        assert copy_ledger(live, tmp_path / "copy.db", meanwhile) == 2
    assert receipts(tmp_path / "copy.db") == {
        "t1:1:call": True,  # ended before the workspace was copied: its effect is in the copy
        "cut": False,
        "appended": False,
        "begun": False,
        "computed": True,  # nothing to compare with, and nothing of it in the workspace
    }
    assert receipts(live)["appended"]


def test_the_agent_is_copied_before_the_workspace_and_the_ledger_last(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task accepted, and a call received, between any two copies: the call has its receipt."""
    order: list[str] = []
    copy, add = backups.copy_database, backups._add_folder

    def noting(source: Path, target: Path) -> None:
        order.append("agent" if source == places.agent else source.name)
        copy(source, target)
        with closing(sqlite3.connect(places.agent, isolation_level=None)) as agent:
            add_task(agent, "after the copy")
        with closing(sqlite3.connect(places.databases[LEDGER], isolation_level=None)) as ledger:
            ledger.execute("DELETE FROM calls WHERE call_id = 't1:2:call'")
            add_call(ledger, "t1:2:call", {}, received=True)

    def noting_folder(writer: object, name: str, *rest: object) -> None:
        order.append(name)
        add(writer, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(backups, "copy_database", noting)
    monkeypatch.setattr(backups, "_add_folder", noting_folder)
    monkeypatch.setattr(
        backups, "copy_ledger", lambda *given: (copy_ledger(*given), order.append(LEDGER))[0]
    )
    make_backup(places, tmp_path / "b.tar.gz")
    assert order == ["agent", "workspace", LEDGER, "chroma/passages"]

    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        tar.extractall(tmp_path / "out", filter="data")
    with closing(sqlite3.connect(tmp_path / "out" / AGENT)) as agent:
        assert agent.execute("SELECT task_id FROM tasks").fetchall() == [("t1",)]
    assert receipts(tmp_path / "out" / LEDGER) == {"t1:1:call": True, "t1:2:call": True}


def test_documents_that_come_in_meanwhile_are_waited_for(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = knowledge_copy.copy_database
    changes = iter(["manifest", "index", "none", "none"])

    def changing(source: Path, target: Path, **options: bool) -> None:
        copy(source, target, **options)
        if source.name != "chroma.sqlite3":
            return
        change = next(changes)
        if change == "manifest":
            with closing(sqlite3.connect(places.home / "chroma" / "sources.db")) as sources:
                row = ("default", "b.md", "g2", 1, "d", AT)
                sources.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, 2)", row)
                sources.commit()
        elif change == "index":
            (places.passages / "segment" / "header.bin").write_bytes(b"\3\4\5")

    monkeypatch.setattr(knowledge_copy, "copy_database", changing)
    waited: list[float] = []
    copy_knowledge(places, tmp_path / "copy", waited.append)
    assert len(waited) == 2
    with closing(sqlite3.connect(tmp_path / "copy" / "chroma" / "sources.db")) as sources:
        assert sources.execute("SELECT count(*) FROM sources").fetchone() == (2,)
    header = tmp_path / "copy" / "chroma" / "passages" / "segment" / "header.bin"
    assert header.read_bytes() == b"\3\4\5"


def test_documents_that_never_stop_coming_are_said(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, number = knowledge_copy.copy_database, 0

    def changing(source: Path, target: Path, **options: bool) -> None:
        nonlocal number
        number += 1
        copy(source, target, **options)
        (places.passages / "segment" / f"{number}.bin").touch()

    monkeypatch.setattr(knowledge_copy, "copy_database", changing)
    with pytest.raises(Unavailable, match="coming in"):
        copy_knowledge(places, tmp_path / "copy", lambda _: None)
