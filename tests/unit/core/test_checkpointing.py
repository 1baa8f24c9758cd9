"""Checkpoints: durable on return, with their outbox or not at all, and no code in the file."""

from __future__ import annotations

import contextlib
import os
import pickle
import sqlite3
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint

from core.checkpointing import SavedCheckpoint, SqliteCheckpointer, open_checkpointer
from core.database import open_database

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}


def checkpoint(**values: Any) -> Checkpoint:
    made = empty_checkpoint()
    made["channel_values"] = values
    made["channel_versions"] = dict.fromkeys(values, 1)
    return made


class Failing:
    """An outbox that fails."""

    def write(self, connection: sqlite3.Connection, saved: SavedCheckpoint) -> None:
        raise RuntimeError("no room")

    def committed(self, task_id: str) -> None:
        raise AssertionError("nothing was committed")


async def test_what_was_saved_is_there_after_a_reopening(tmp_path: Path) -> None:
    async with open_checkpointer(tmp_path / "a.db") as saver:
        await saver.aput(CONFIG, checkpoint(text="hi", hops=[1, 2]), {}, {"text": 1, "hops": 1})
    async with open_checkpointer(tmp_path / "a.db") as saver:
        found = await saver.aget_tuple(CONFIG)
    assert found is not None
    assert found.checkpoint["channel_values"] == {"text": "hi", "hops": [1, 2]}


async def test_a_failing_outbox_undoes_the_checkpoint(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", "", 1) as database:
        saver = SqliteCheckpointer(database, Failing())
        await saver.setup()
        with pytest.raises(RuntimeError):
            await saver.aput(CONFIG, checkpoint(text="hi"), {}, {"text": 1})
        assert await saver.aget_tuple(CONFIG) is None


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.folder),))


@pytest.mark.parametrize("kind", ["pickle", "msgpack"])
async def test_a_hostile_checkpoint_runs_no_code(tmp_path: Path, kind: str) -> None:
    ran = tmp_path / "ran"
    async with open_database(tmp_path / "a.db", "", 1) as database:
        saver = SqliteCheckpointer(database)
        await saver.setup()
        await saver.aput(CONFIG, checkpoint(text="hi"), {}, {"text": 1})
        hostile = pickle.dumps(Hostile(ran)) if kind == "pickle" else _msgpack_call(ran)
        update = "UPDATE checkpoints SET type = ?, checkpoint = ?"
        await database.write(lambda c: c.execute(update, (kind, hostile)))
        with contextlib.suppress(NotImplementedError, ValueError, TypeError, LookupError):
            await saver.aget_tuple(CONFIG)
    assert not ran.exists()


def _msgpack_call(folder: Path) -> bytes:
    """Return LangGraph's msgpack form of a call of os.mkdir."""
    call = ormsgpack.packb(("os", "mkdir", (str(folder),)))
    return ormsgpack.packb(ormsgpack.Ext(1, call))
