"""`mesh doctor` names what is damaged or contradicts itself, and writes nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from cli.finding import Finding
from cli.keeping.checks import check_data, check_sqlite
from cli.keeping.places import Places
from shared.home_lock import CUT_RESTORE


def failures(places: Places) -> dict[str, str]:
    return {each.check: each.detail for each in check_data(places) if each.outcome == "failed"}


def execute(places: Places, statement: str) -> None:
    with closing(sqlite3.connect(places.agent, isolation_level=None)) as agent:
        agent.execute(statement)


def test_sound_data(places: Places) -> None:
    before = {path: path.stat().st_mtime_ns for path in places.databases.values() if path.exists()}
    findings = list(check_data(places))
    assert [each.outcome for each in findings] == ["ok"] * 5
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("name", ["agent/mesh.db", "tool/ledger.db", "chroma/sources.db"])
@pytest.mark.parametrize("offset", [0, 4096])
def test_a_damaged_database_is_named(places: Places, name: str, offset: int) -> None:
    path = places.databases[name]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 4096)
    assert str(path) in failures(places)[name]
    assert set(failures(places)) <= {name, "history"}


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM events WHERE sequence = 2", "gap"),
        ("DELETE FROM events WHERE sequence = 1", "gap"),
        ("DELETE FROM events", "no event"),
        ("DELETE FROM tasks", "3 of its events are there"),
        (
            "INSERT INTO checkpoints VALUES (1000, 'gone', '', 'c', NULL, x'', '{}')",
            "1 of its checkpoints",
        ),
        (
            "INSERT INTO channel_values VALUES ('gone', '', 'hops', '1', NULL, 'null', x'')",
            "1 values of its state",
        ),
        (
            "INSERT INTO pending_writes VALUES ('gone', '', 'c', '', 't', 0, 'hops', 'null', x'')",
            "writes are there",
        ),
    ],
)
def test_tables_that_contradict_each_other(places: Places, statement: str, says: str) -> None:
    execute(places, statement)
    assert says in failures(places)["history"]


def test_a_restore_that_was_cut(places: Places) -> None:
    (places.home / CUT_RESTORE).write_text(
        '{"moves": [], "aside": [], "scratch": []}', encoding="utf-8"
    )
    assert "cut" in failures(places)["restore"]
    (places.home / CUT_RESTORE).write_text("{", encoding="utf-8")
    assert "damaged" in failures(places)["restore"]


@pytest.mark.parametrize(
    ("version", "outcome"),
    [((3, 6, 23), "ok"), ((3, 40, 1), "warning"), ((3, 51, 2), "warning"), ((3, 51, 3), "ok")],
)
def test_the_sqlite_versions_that_can_damage_a_log(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], outcome: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    finding: Finding = check_sqlite()
    assert finding.outcome == outcome
    assert ("one connection writes" in finding.remedy) == (outcome == "warning")
