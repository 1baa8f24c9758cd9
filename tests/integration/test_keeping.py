"""Backup, restore, doctor and prune on real processes, as a person uses them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from cli.keeping import backup, ledger_copy
from cli.keeping.archive import ArchiveWriter
from cli.keeping.backup import make_backup
from cli.keeping.places import KeepingSettings, Places
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import ASK, CODE, DOCUMENT, ROOT, RUN, Mesh

APPEND = "add milk to {}"
FILES = (
    "shopping.txt",
    "list.txt",
    "notes.txt",
    "house.txt",
    "garden.txt",
    "table.txt",
    "paper.txt",
)


async def command(mesh: Mesh, *arguments: str) -> tuple[int, str, str]:
    """Run `mesh` on the MESH_HOME of ``mesh``; return status, stdout and stderr."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=mesh.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


async def succeeded(mesh: Mesh, *arguments: str) -> dict[str, Any]:
    """Run a command that succeeds and prints one JSON object."""
    status, out, err = await command(mesh, *arguments, "--json")
    assert status == 0, err
    parsed: dict[str, Any] = json.loads(out)
    return parsed


@asynccontextmanager
async def another_mesh(home: Path) -> AsyncIterator[Mesh]:
    """A mesh on another MESH_HOME, not started."""
    mesh = Mesh(home)
    try:
        yield mesh
    finally:
        mesh.stop_all()


def tasks_in(home: Path) -> dict[str, str]:
    """The tasks of an agent's database and where they stand."""
    uri = f"{(home / 'agent' / 'mesh.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as agent:
        return dict(agent.execute("SELECT task_id, status FROM tasks").fetchall())


async def test_backups_made_under_load_go_on_elsewhere_with_every_effect_once(
    fresh_mesh: Mesh, tmp_path: Path
) -> None:
    await fresh_mesh.start(
        failpoints={"tool": "tool.after_intent:sleep=2,tool.after_effect:sleep=2"}
    )
    await fresh_mesh.ingest("ports.md", DOCUMENT)
    appended: dict[str, str] = {}
    files = [tmp_path / f"{number}.tar.gz" for number in range(3)]
    loading = asyncio.create_task(load(fresh_mesh, appended))
    for number, file in enumerate(files):
        while len(appended) < 2 + 2 * number:
            await asyncio.sleep(0.02)
        await succeeded(fresh_mesh, "backup", str(file))
    loading.cancel()

    for file in files:
        async with another_mesh(tmp_path / f"home-{file.stem}") as other:
            await succeeded(other, "restore", str(file))
            await check_that_all_go_on(other, appended)


async def load(mesh: Mesh, appended: dict[str, str]) -> None:
    """Submit tasks until told to stop; ``appended`` gets the file of each that adds a line."""
    files = iter(FILES)
    while True:
        for text in (CODE, "", ASK, RUN):
            file = "" if text else next(files, "")
            task = await mesh.submit(text or (APPEND.format(file) if file else RUN))
            if file:
                appended[task.task_id] = file
            await asyncio.sleep(0.05)


async def check_that_all_go_on(mesh: Mesh, appended: dict[str, str]) -> None:
    """Every task of the copy completes, and every line that one of them adds is there once."""
    before = tasks_in(mesh.home)
    unfinished = [task for task, status in before.items() if status in ("queued", "running")]
    assert unfinished
    await mesh.start()
    for task_id in before:
        task = await mesh.ended(task_id)
        assert task.status == pb.TASK_STATUS_COMPLETED, task
    for task_id, file in appended.items():
        if task_id in before:
            assert (mesh.home / "workspace" / file).read_text(encoding="utf-8") == "milk\n"
    for task_id in unfinished:
        events = await mesh.events(task_id)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    _, out, _ = await command(mesh, "doctor", "--json")
    findings = {found["check"]: found for found in map(json.loads, out.splitlines())}
    assert [name for name, found in findings.items() if found["outcome"] == "failed"] == []
    answer = await mesh.ended((await mesh.submit(ASK)).task_id)
    assert "7400" in answer.result


@pytest.mark.parametrize("step", ["agent", "workspace", "ledger"])
async def test_an_effect_between_any_two_copies_happens_once(
    fresh_mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Two calls happen right after a copy: one gets its receipt, one is held before it."""
    await fresh_mesh.start(
        "llm", "tool", "agent", failpoints={"tool": "tool.after_effect:sleep=10"}
    )
    held = fresh_mesh._processes["tool"]
    held.send_signal(signal.SIGSTOP)
    files = FILES[:2]
    tasks = [(await fresh_mesh.submit(APPEND.format(file), "tool")).task_id for file in files]

    def then(done: str) -> None:
        if done != step:
            return
        held.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + 30
        while written(fresh_mesh, files) != ["milk\n"] * 2 or receipts_in(fresh_mesh.home) != 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    follow_copies(monkeypatch, then)
    places = Places.of(KeepingSettings(mesh_home=fresh_mesh.home))
    await asyncio.to_thread(make_backup, places, tmp_path / "b.tar.gz")
    fresh_mesh.stop_all()

    async with another_mesh(tmp_path / "other") as other:
        await succeeded(other, "restore", str(tmp_path / "b.tar.gz"))
        assert set(tasks_in(other.home)) == set(tasks)
        await other.start("llm", "tool", "agent")
        for task_id in tasks:
            assert (await other.ended(task_id)).status == pb.TASK_STATUS_COMPLETED
        assert written(other, files) == ["milk\n"] * 2
        assert receipts_in(other.home) == 2


def follow_copies(monkeypatch: pytest.MonkeyPatch, then: Callable[[str], None]) -> None:
    """Call ``then`` after each copy of a backup, with what was copied."""
    copy, add_folder = backup.copy_database, backup._add_folder

    def copy_and_tell(source: Path, target: Path, **options: bool) -> None:
        copy(source, target, **options)
        then({"mesh.db": "agent", "ledger.db": "ledger"}.get(source.name, source.name))

    def add_and_tell(writer: ArchiveWriter, name: str, *rest: Any) -> None:
        add_folder(writer, name, *rest)
        then(name)

    monkeypatch.setattr(backup, "copy_database", copy_and_tell)
    monkeypatch.setattr(ledger_copy, "copy_database", copy_and_tell)
    monkeypatch.setattr(backup, "_add_folder", add_and_tell)


def written(mesh: Mesh, files: Sequence[str]) -> list[str]:
    """What is in files of the workspace; nothing for those that are not there."""
    paths = [mesh.home / "workspace" / file for file in files]
    return [path.read_text(encoding="utf-8") if path.exists() else "" for path in paths]


def receipts_in(home: Path) -> int:
    """How many calls that add a line have a receipt."""
    uri = f"{(home / 'tool' / 'ledger.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as ledger:
        query = "SELECT count(*) FROM calls WHERE tool = 'append_line' AND result IS NOT NULL"
        return int(ledger.execute(query).fetchone()[0])


async def test_a_restore_wants_the_stack_down_and_says_so(fresh_mesh: Mesh, tmp_path: Path) -> None:
    await fresh_mesh.start("tool", "agent")
    await succeeded(fresh_mesh, "backup", str(tmp_path / "b.tar.gz"))
    for running in ("agent", "tool"):
        status, _, err = await command(fresh_mesh, "restore", str(tmp_path / "b.tar.gz"))
        assert (status, err.count("\n")) == (1, 1)
        assert "mesh down" in err
        assert await fresh_mesh.stop(running) == 0
    restored = await succeeded(fresh_mesh, "restore", str(tmp_path / "b.tar.gz"))
    [aside] = restored["moved_aside"]
    assert (Path(aside) / "agent" / "mesh.db").exists()
    await fresh_mesh.start("agent")


async def test_a_restore_that_was_cut_keeps_services_from_starting(fresh_mesh: Mesh) -> None:
    journal = fresh_mesh.home / "restore.json"
    journal.write_text('{"moves": [], "aside": [], "scratch": []}', encoding="utf-8")
    fresh_mesh.spawn("tool")
    assert await fresh_mesh.exited("tool") == 78
    assert "mesh restore --finish" in fresh_mesh.said("tool")
    assert (await command(fresh_mesh, "restore", "--finish"))[0] == 0
    await fresh_mesh.start("tool")
    assert (await command(fresh_mesh, "restore", "--finish"))[0] == 1


async def test_damaged_bytes_are_found_by_doctor_and_refused_by_backup(
    fresh_mesh: Mesh, tmp_path: Path
) -> None:
    await fresh_mesh.start()
    await fresh_mesh.ended((await fresh_mesh.submit(RUN)).task_id)
    assert await fresh_mesh.stop("agent") == 0
    path = fresh_mesh.home / "agent" / "mesh.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 & ~4095)
        file.write(os.urandom(3 * 4096))
    status, out, _ = await command(fresh_mesh, "doctor", "--json")
    assert status == 1
    findings = {found["check"]: found for found in map(json.loads, out.splitlines())}
    assert findings["agent/mesh.db"]["outcome"] == "failed"
    assert str(path) in findings["agent/mesh.db"]["detail"]
    assert "mesh restore FILE" in findings["agent/mesh.db"]["remedy"]
    assert findings["tool/ledger.db"]["outcome"] == "ok"
    status, _, err = await command(fresh_mesh, "backup", str(tmp_path / "b.tar.gz"))
    assert (status, "mesh.db" in err) == (1, True)
    assert list(tmp_path.glob("*b.tar.gz*")) == []
    fresh_mesh.spawn("agent")
    assert await fresh_mesh.exited("agent") == 78
    assert "mesh restore FILE" in fresh_mesh.said("agent")


async def test_an_archive_that_leads_out_is_refused(fresh_mesh: Mesh, tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo("workspace/../../evil")
        info.size = 4
        tar.addfile(info, io.BytesIO(b"evil"))
    status, _, err = await command(fresh_mesh, "restore", str(archive))
    assert (status, "leads out" in err) == (2, True)
    assert list(tmp_path.rglob("evil")) == []


async def test_prune_deletes_what_ended_and_nothing_else(fresh_mesh: Mesh) -> None:
    status, _, err = await command(fresh_mesh, "prune", "--older-than", "0s")
    assert (status, "the agent is not running" in err, err.count("\n")) == (1, True, 1)
    await fresh_mesh.start(failpoints={"agent": "agent.in_hop.coder:sleep=60"})
    code = await fresh_mesh.submit(CODE)
    await fresh_mesh.hop_started(code.task_id, "coder")
    run = await fresh_mesh.ended((await fresh_mesh.submit(RUN)).task_id)
    assert (await succeeded(fresh_mesh, "prune", "--older-than", "1h"))["tasks"] == 0
    wanted = ["prune", "--older-than", "0s", "--status", "completed"]
    counted = await succeeded(fresh_mesh, *wanted, "--dry-run")
    assert (counted["tasks"], counted["dry_run"]) == (1, True)
    deleted = await succeeded(fresh_mesh, *wanted)
    assert {**deleted, "dry_run": True, "tool_calls": 0} == counted
    assert deleted["tool_calls"] == 1
    assert list(tasks_in(fresh_mesh.home)) == [code.task_id]
    assert (await command(fresh_mesh, "show", run.task_id))[0] == 1
    for bad in (["--older-than", "soon"], ["--older-than", "1d", "--status", "running"]):
        assert (await command(fresh_mesh, "prune", *bad))[0] == 2
    fresh_mesh.kill("agent")
    await fresh_mesh.start("agent")
    assert (await fresh_mesh.ended(code.task_id)).status == pb.TASK_STATUS_COMPLETED


async def test_a_clean_stop_leaves_the_databases_whole_in_their_files(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    await fresh_mesh.ended((await fresh_mesh.submit(RUN)).task_id)
    logs = [fresh_mesh.home / "agent" / "mesh.db-wal", fresh_mesh.home / "tool" / "ledger.db-wal"]
    assert all(log.stat().st_size > 0 for log in logs)
    # Somebody who reads keeps SQLite from clearing up by itself.
    with closing(sqlite3.connect(f"{logs[0].as_uri()[:-4]}?mode=ro", uri=True)) as reader:
        reader.execute("SELECT count(*) FROM tasks").fetchone()
        for name in ("agent", "tool"):
            assert await fresh_mesh.stop(name) == 0
        assert logs[0].stat().st_size == 0
    assert not logs[1].exists() or logs[1].stat().st_size == 0
