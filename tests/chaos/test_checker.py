"""The checker is clean on a mesh that was let alone, and catches every fault planted in it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import Breach, check
from tests.chaos.evidence import Evidence
from tests.chaos.workload import CODE, WITNESS, Submitted

Plant = Callable[[Path, Submitted], None]


def agent(statement: str) -> Plant:
    """Return a fault in the agent's database; ``?`` is the task."""
    return lambda home, task: _execute(home / "agent" / "mesh.db", statement, task)


def ledger(statement: str) -> Plant:
    """Return a fault in the tool ledger; ``?`` is the task."""
    return lambda home, task: _execute(home / "tool" / "ledger.db", statement, task)


def _execute(path: Path, statement: str, task: Submitted) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        parameters = [task.task_id] * statement.count("?")
        assert connection.execute(statement, parameters).rowcount > 0


def effect_twice(home: Path, task: Submitted) -> None:
    """Do the effect of a task once more."""
    witness = home / "witness.txt"
    [line] = [each for each in witness.read_text().splitlines() if each.startswith(task.task_id)]
    witness.write_text(f"{witness.read_text()}{line}\n")


def effect_lost(home: Path, task: Submitted) -> None:
    """Undo the effect of a task."""
    witness = home / "witness.txt"
    kept = [each for each in witness.read_text().splitlines() if task.task_id not in each]
    witness.write_text("".join(f"{each}\n" for each in kept))


def hop_completed_twice(home: Path, task: Submitted) -> None:
    """Append a second end of the first hop, at the place of the task's own end."""
    path = home / "agent" / "mesh.db"
    _execute(path, "UPDATE events SET sequence = sequence + 1 WHERE task_id = ? AND sequence ="
                   " (SELECT max(sequence) FROM events WHERE task_id = ?)", task)  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM events WHERE task_id = ? AND type = 'hop_completed' LIMIT 1"
        row = dict(connection.execute(query, (task.task_id,)).fetchone())
        del row["position"]
        last = "SELECT max(sequence) FROM events WHERE task_id = ?"
        row["sequence"] = connection.execute(last, (task.task_id,)).fetchone()[0] - 1
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO events ({', '.join(row)}) VALUES ({marks})", row)


FAULTS: dict[str, tuple[Breach, Plant]] = {
    "a task is gone": (Breach.LOST, agent("DELETE FROM tasks WHERE task_id = ?")),
    "a task never ends": (
        Breach.UNFINISHED,
        agent("UPDATE tasks SET status = 'running' WHERE task_id = ?"),
    ),
    "a task failed": (
        Breach.FAILED,
        agent("UPDATE tasks SET status = 'failed' WHERE task_id = ?"),
    ),
    "an event is gone": (
        Breach.GAP,
        agent("DELETE FROM events WHERE task_id = ? AND sequence = 3"),
    ),
    "a hop is completed twice": (Breach.HOP_REPEATED, hop_completed_twice),
    "a hop has an attempt too many": (
        Breach.HOP_REPEATED,
        agent("UPDATE events SET attempt = 2 WHERE task_id = ? AND type = 'hop_started'"),
    ),
    "a task has ended before": (
        Breach.ENDED_TWICE,
        agent("UPDATE events SET type = 'completed' WHERE task_id = ? AND sequence = 4"),
    ),
    "an effect happened twice": (Breach.EFFECT_TWICE, effect_twice),
    "an effect did not happen": (Breach.EFFECT_LOST, effect_lost),
    "a receipt is gone": (
        Breach.EFFECT_LOST,
        ledger("UPDATE calls SET result = NULL WHERE call_id LIKE ? || '%'"),
    ),
    "an intent is gone": (
        Breach.EFFECT_UNKNOWN_TO_LEDGER,
        ledger("DELETE FROM calls WHERE call_id LIKE ? || '%'"),
    ),
    "a result is another": (
        Breach.OTHER_RESULT,
        agent("UPDATE tasks SET progress = json_set(progress, '$.result', 'x') WHERE task_id = ?"),
    ),
}


@pytest.fixture
async def two_tasks(mesh: ChaosMesh) -> list[Submitted]:
    """A task with an effect and one without, which were let alone."""
    tasks = [await mesh.submitted(job) for job in (WITNESS, CODE)]
    await mesh.settled()
    return tasks


async def test_a_mesh_that_was_let_alone_is_clean(
    mesh: ChaosMesh, two_tasks: list[Submitted]
) -> None:
    report = check(mesh.evidence, two_tasks)
    assert report.clean, report
    assert (report.accepted, report.completed, report.asked) == (2, 2, 0)
    assert report.effects >= 1


async def test_every_planted_fault_is_caught(
    mesh: ChaosMesh, two_tasks: list[Submitted], tmp_path: Path
) -> None:
    for number, (name, (breach, plant)) in enumerate(FAULTS.items()):
        copy = tmp_path / str(number)
        for folder in ("agent", "tool"):
            shutil.copytree(mesh.home / folder, copy / folder)
        shutil.copy(mesh.witness_file, copy)
        plant(copy, two_tasks[0])
        evidence = Evidence(copy)
        evidence.expected = mesh.evidence.expected
        found = check(evidence, two_tasks).breaches
        assert breach in found, f"{name}: {found}"


async def test_a_process_that_is_left_is_found(mesh: ChaosMesh) -> None:
    left = mesh.spawn_stray()
    try:
        assert any(str(left.pid) in each for each in mesh.orphans())
    finally:
        left.kill()
        left.wait()
    assert not mesh.orphans()
