"""Checkpoints: durable on return, with their outbox or not at all, and no code in the file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver, Checkpoint, empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from core.errors import DataLoss
from shared.checkpointing import SCHEMA, SavedCheckpoint, SqliteCheckpointer, open_checkpointer
from shared.sqlite import open_database

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

    def committed(self, written: object) -> None:
        raise AssertionError("nothing was committed")


@pytest.mark.parametrize("as_path", [Path, str, os.fspath])
async def test_what_was_saved_is_there_after_a_reopening(
    tmp_path: Path, as_path: Callable[[Path], str | Path]
) -> None:
    async with open_checkpointer(as_path(tmp_path / "a.db")) as saver:
        await saver.aput(CONFIG, checkpoint(text="hi", hops=[1, 2]), {}, {"text": 1, "hops": 1})
    async with open_checkpointer(tmp_path / "a.db") as saver:
        found = await saver.aget_tuple(CONFIG)
    assert found is not None
    assert found.checkpoint["channel_values"] == {"text": "hi", "hops": [1, 2]}


async def test_a_failing_outbox_undoes_the_checkpoint(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        saver = SqliteCheckpointer(database, Failing())
        with pytest.raises(RuntimeError):
            await saver.aput(CONFIG, checkpoint(text="hi"), {}, {"text": 1})
        assert await saver.aget_tuple(CONFIG) is None


def _extend(known: list[str], more: Sequence[list[str]]) -> list[str]:
    return known + [word for words in more for word in words]


class Words(TypedDict, total=False):
    """A state with a channel of each kind."""

    grown: Annotated[list[str], add]
    replayed: Annotated[list[str], DeltaChannel(_extend, snapshot_frequency=4)]
    last: str


def words_graph(saver: BaseCheckpointSaver[Any]) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Two nodes in a row; each adds a word of its own."""
    graph = StateGraph(Words)
    for name in ("first", "second"):
        graph.add_node(name, _adds(name))
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", END)
    return graph.compile(checkpointer=saver)


def _adds(name: str) -> Callable[[Words], Words]:
    def node(state: Words) -> Words:
        word = f"{name} {len(state.get('grown', []))} {'x' * 400}"
        return Words(grown=[word], replayed=[word], last=word)

    return node


async def talk(saver: BaseCheckpointSaver[Any], turns: int, thread: str = "t") -> dict[str, Any]:
    """Run the graph ``turns`` times on one thread; return the state."""
    graph = words_graph(saver)
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    for turn in range(turns):
        said = Words(grown=[f"turn {turn}"], replayed=[f"turn {turn}"])
        await graph.ainvoke(said, config, durability="sync")
    return dict((await graph.aget_state(config)).values)


async def test_long_threads_are_as_in_memory(tmp_path: Path) -> None:
    expected = await talk(InMemorySaver(), 12)
    async with open_checkpointer(tmp_path / "a.db") as saver:
        assert await talk(saver, 12) == expected
    async with open_checkpointer(tmp_path / "a.db") as saver:
        graph = words_graph(saver)
        config: RunnableConfig = {"configurable": {"thread_id": "t"}}
        assert dict((await graph.aget_state(config)).values) == expected
        history = [each async for each in graph.aget_state_history(config)]
    lengths = [len(each.values.get("grown", [])) for each in history]
    assert lengths == sorted(lengths, reverse=True)
    for each in history:
        assert each.values.get("replayed", []) == each.values.get("grown", [])


async def test_branches_of_one_thread_do_not_mix(tmp_path: Path) -> None:
    async with open_checkpointer(tmp_path / "a.db") as saver:
        await talk(saver, 3)
        graph = words_graph(saver)
        config: RunnableConfig = {"configurable": {"thread_id": "t"}}
        history = [each async for each in graph.aget_state_history(config)]
        old = next(each for each in history if len(each.values.get("grown", [])) == 4)
        branch = await graph.aupdate_state(old.config, Words(grown=["edited"], replayed=["edited"]))
        edited = (await graph.aget_state(branch)).values["grown"]
        trunk = (await graph.aget_state(history[0].config)).values["grown"]
        assert edited == [*old.values["grown"], "edited"]
        assert (await graph.aget_state(branch)).values["replayed"] == edited
        assert trunk == history[0].values["grown"]


async def test_pruning_keeps_what_the_latest_checkpoint_builds_on(tmp_path: Path) -> None:
    async with open_checkpointer(tmp_path / "a.db") as saver:
        before = await talk(saver, 5)
        await saver.aprune(["t"], strategy="keep_latest")
        graph = words_graph(saver)
        config: RunnableConfig = {"configurable": {"thread_id": "t"}}
        assert dict((await graph.aget_state(config)).values) == before
        kept = [each async for each in saver.alist(config)]
        assert len(kept) < 6  # the latest, and the ancestors down to the channel's snapshot
        assert await talk(saver, 1) != before


async def test_a_paused_list_stops_no_write(tmp_path: Path) -> None:
    async with open_checkpointer(tmp_path / "a.db") as saver:
        await talk(saver, 8)
        listing = saver.alist({"configurable": {"thread_id": "t"}})
        seen = [await anext(listing)]
        async with asyncio.timeout(10):
            await talk(saver, 8, thread="other")
            await talk(saver, 1)
        seen += [each async for each in listing]
    assert len({each.checkpoint["id"] for each in seen}) == len(seen) == 32


async def test_a_file_of_langgraphs_own_saver_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with AsyncSqliteSaver.from_conn_string(str(path)) as theirs:
        expected = await talk(theirs, 4)
        config: RunnableConfig = {"configurable": {"thread_id": "t"}}
        history = [each async for each in words_graph(theirs).aget_state_history(config)]
    async with open_checkpointer(path) as saver:
        graph = words_graph(saver)
        assert [each async for each in graph.aget_state_history(config)] == history
        assert dict((await graph.aget_state(config)).values) == expected
        await talk(saver, 1)
    [tables] = sqlite3.connect(path).execute("SELECT group_concat(name) FROM sqlite_master")
    assert "writes" not in tables[0].replace("pending_writes", "").split(",")


async def test_a_version_that_is_missing_is_data_loss(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        saver = SqliteCheckpointer(database)
        await talk(saver, 6)
        await database.write(
            lambda c: c.execute("DELETE FROM channel_values WHERE base_version IS NULL")
        )
        with pytest.raises(DataLoss, match="is missing"):
            await SqliteCheckpointer(database).aget_tuple({"configurable": {"thread_id": "t"}})
