"""A graph of five nodes that say 1 KB each, on a checkpointer of choice: nothing but durability."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from operator import add
from pathlib import Path
from typing import Annotated, Any, Protocol, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from shared.checkpointing import open_checkpointer

NODES = 5
SAVERS = ("agent_mesh", "async_sqlite_saver", "in_memory_saver")
_KILOBYTE = "words " * 171


class Talk(TypedDict, total=False):
    """A conversation that only grows, through a plain reducer."""

    messages: Annotated[list[dict[str, str]], add]


Graph = CompiledStateGraph[Any, Any, Any, Any]


@asynccontextmanager
async def open_graphs(folder: Path) -> AsyncIterator[Mapping[str, Graph]]:
    """Yield the graph on each of `SAVERS`; the two on disk with WAL and synchronous=FULL."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_checkpointer(folder / "mesh.db"))
        theirs = await stack.enter_async_context(
            AsyncSqliteSaver.from_conn_string(str(folder / "langgraph.db"))
        )
        await theirs.setup()
        await theirs.conn.execute("PRAGMA synchronous=FULL")
        savers = (ours, theirs, InMemorySaver())
        yield {name: _build(saver) for name, saver in zip(SAVERS, savers, strict=True)}


async def run_turn(graph: Graph, thread_id: str = "") -> None:
    """Run the five nodes once, on a thread of its own unless one is named."""
    config: RunnableConfig = {"configurable": {"thread_id": thread_id or str(uuid.uuid4())}}
    said = Talk(messages=[{"role": "user", "content": "go on"}])
    async for _ in graph.astream(said, config, stream_mode="updates", durability="sync"):
        pass


def _build(saver: BaseCheckpointSaver[Any]) -> Graph:
    graph = StateGraph(Talk)
    names = [f"node_{number}" for number in range(NODES)]
    for name in names:
        graph.add_node(name, _node(name))
    for one, other in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(one, other)
    return graph.compile(checkpointer=saver)


class _Node(Protocol):
    async def __call__(self, state: Talk) -> Talk: ...


def _node(name: str) -> _Node:
    async def say(state: Talk) -> Talk:
        content = f"{name} {len(state['messages'])} {_KILOBYTE}"
        return Talk(messages=[{"role": "assistant", "content": content}])

    return say
