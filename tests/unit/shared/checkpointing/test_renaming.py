"""A channel gets another name: threads go on as if it had always been called so."""

from __future__ import annotations

import sqlite3
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph

from core.errors import DataLoss
from shared.checkpointing import SqliteCheckpointer, open_checkpointer, rename_channel

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t"}}
LONG = ["a line that is there from the start"] * 50


class Old(TypedDict, total=False):
    said: Annotated[list[str], add]
    other: str


class New(TypedDict, total=False):
    told: Annotated[list[str], add]
    other: str


def graph_of(state: Any, channel: str, saver: SqliteCheckpointer, *, fails: bool = False) -> Any:
    """Return a graph of three nodes that write; the last one may fail beside the second."""
    graph = StateGraph(state)

    async def first(state: Any) -> Any:
        return {channel: LONG, "other": "said"}

    async def second(state: Any) -> Any:
        return {channel: ["second"]}

    async def beside(state: Any) -> Any:
        if fails:
            raise InterruptedError
        return {channel: ["beside"]}

    graph.add_node("first", first)
    graph.add_node("second", second)
    graph.add_node("beside", beside)
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("first", "beside")
    graph.add_edge("second", END)
    graph.add_edge("beside", END)
    return graph.compile(checkpointer=saver)


def rename(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        rename_channel(connection, "said", "told")
    connection.close()


async def test_a_thread_that_was_cut_goes_on_under_the_new_name(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with open_checkpointer(path) as saver:
        graph = graph_of(Old, "said", saver, fails=True)
        with pytest.raises(InterruptedError):
            await graph.ainvoke({"said": ["input"]}, CONFIG, durability="sync")
    rename(path)
    async with open_checkpointer(path) as saver:
        graph = graph_of(New, "told", saver)
        before = (await graph.aget_state(CONFIG)).values
        # What the second node wrote before the cut is there: it is no checkpoint's yet.
        assert before == {"told": ["input", *LONG, "second"], "other": "said"}
        ended = await graph.ainvoke(None, CONFIG, durability="sync")
        assert sorted(ended["told"]) == sorted(["input", *LONG, "second", "beside"])
        found = [each.checkpoint async for each in saver.alist(CONFIG)]
    assert len(found) == 4
    assert not [each for each in found if "said" in str(each["channel_versions"])]


async def test_what_was_stored_as_a_change_is_put_together_under_the_new_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    async with open_checkpointer(path) as saver:
        graph = graph_of(Old, "said", saver)
        ended = await graph.ainvoke({"said": ["input"]}, CONFIG, durability="sync")
    connection = sqlite3.connect(path)
    changes = "SELECT count(*) FROM channel_values WHERE channel = 'said' AND base_version <> ''"
    assert connection.execute(changes).fetchone()[0] > 0
    connection.close()
    rename(path)
    async with open_checkpointer(path) as saver:
        values = (await graph_of(New, "told", saver).aget_state(CONFIG)).values
    assert values == {"told": ended["said"], "other": "said"}


async def test_a_checkpoint_that_cannot_be_read_is_not_renamed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with open_checkpointer(path) as saver:
        await graph_of(Old, "said", saver).ainvoke({"said": ["input"]}, CONFIG)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE checkpoints SET head = CAST(x'c1' || head AS BLOB)")
    with pytest.raises(DataLoss):
        rename_channel(connection, "said", "told")
    connection.close()
