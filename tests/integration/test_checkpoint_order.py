"""A process that dies between two commits loses no write of a node that its checkpoint has.

LangGraph leaves the order of the saves of pending writes and of the checkpoint that is made of
them to the scheduler (langgraph#8039, #8234); here both orders are forced, and the process dies
after each commit in turn.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import ormsgpack
import pytest

from tests.integration.killed_at_commit import NODES
from tests.integration.mesh import ROOT

COMMITS = 10
"""Checkpoints of the input, the start and three steps; the input's writes and those of 4 nodes."""

UNWRITTEN_PARENTS = """
SELECT child.checkpoint_id FROM checkpoints AS child
WHERE child.parent_checkpoint_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pending_writes AS written
    WHERE written.checkpoint_id = child.parent_checkpoint_id)
"""


def run(folder: Path, kill_after: int, slow: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.integration.killed_at_commit"]
    arguments = [str(folder), str(kill_after), slow]
    return subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{folder}/a.db?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    ended = run(tmp_path_factory.mktemp("undisturbed"), 0, "nothing")
    assert ended.returncode == 0, ended.stderr
    state: dict[str, list[str]] = json.loads(ended.stdout)
    assert state["said"] == ["hello", *NODES]
    return state


@pytest.mark.parametrize("slow", ["writes", "checkpoint"])
@pytest.mark.parametrize("commit", range(1, COMMITS + 1))
def test_whatever_commit_is_the_last_one(
    tmp_path: Path, undisturbed: dict[str, list[str]], commit: int, slow: str
) -> None:
    killed = run(tmp_path, commit, slow)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert rows(tmp_path, UNWRITTEN_PARENTS) == []
    durable = nodes_written(tmp_path)

    resumed = run(tmp_path, 0, slow)
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout) == undisturbed
    ran = Counter((tmp_path / "ran").read_text().split())
    assert set(ran) == set(NODES)
    assert [ran[name] for name in durable] == [1] * len(durable)


def nodes_written(folder: Path) -> list[str]:
    """Return the nodes whose writes are durable."""
    written = rows(folder, "SELECT value FROM pending_writes WHERE channel = 'said'")
    return [name for (value,) in written for name in ormsgpack.unpackb(value) if name in NODES]


def test_every_commit_was_cut(tmp_path: Path) -> None:
    assert run(tmp_path, COMMITS + 1, "nothing").returncode == 0
