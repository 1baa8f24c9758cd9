"""A graph on the checkpointer, in a process that dies right after a chosen commit.

``python -m tests.integration.killed_at_commit FOLDER COMMIT SLOW``: every write gets a commit of
its own, and the process kills itself after number COMMIT (0: never). SLOW names what LangGraph's
scheduler runs late: ``writes`` or ``checkpoint``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from operator import add
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel._executor import AsyncBackgroundExecutor

from shared.checkpointing import open_checkpointer
from shared.sqlite import group_commit

NODES = ("one", "left", "right", "last")
_LATE_SECONDS = 0.02


class Words(TypedDict, total=False):
    """What the nodes said; no DeltaChannel, for whose writes LangGraph waits."""

    said: Annotated[list[str], add]


def build(folder: Path, saver: Any) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Return one -> (left, right) -> last; each node leaves a line in a file when it runs."""
    graph = StateGraph(Words)
    for name in NODES:
        graph.add_node(name, _node(name, folder))
    graph.add_edge(START, "one")
    for side in ("left", "right"):
        graph.add_edge("one", side)
        graph.add_edge(side, "last")
    graph.add_edge("last", END)
    return graph.compile(checkpointer=saver)


def _node(name: str, folder: Path) -> Callable[[Words], Awaitable[Words]]:
    async def run(state: Words) -> Words:
        with (folder / "ran").open("a", encoding="utf-8") as ran:
            ran.write(f"{name}\n")
        return Words(said=[name])

    return run


def commit_one_by_one(kill_after: int) -> None:
    """Give every write a transaction of its own and die after one of them."""
    together = group_commit._transact
    count = 0

    def alone(guard: Any, batch: Sequence[Any], connection: sqlite3.Connection) -> list[Any]:
        nonlocal count
        outcomes = []
        for each in batch:
            outcomes += together(guard, [each], connection)
            count += 1
            if count == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
        return outcomes

    group_commit._transact = alone


def schedule_late(what: str) -> None:
    """Let LangGraph's scheduler run the saves of writes, or of checkpoints, late."""
    submit = AsyncBackgroundExecutor.submit

    def late(self: Any, function: Any, *arguments: Any, **options: Any) -> Any:
        name = getattr(function, "__name__", "")
        is_late = name == {"writes": "aput_writes", "checkpoint": CHECKPOINT}.get(what)
        if not is_late:
            return submit(self, function, *arguments, **options)
        started: Coroutine[Any, Any, Any] = function(*arguments)

        async def later() -> Any:
            await asyncio.sleep(_LATE_SECONDS)
            return await started

        return submit(self, later, **options)

    AsyncBackgroundExecutor.submit = late  # type: ignore[method-assign]


CHECKPOINT = "_checkpointer_put_after_previous"


async def main(folder: Path, kill_after: int, slow: str) -> None:
    """Run the graph, from its last checkpoint if there is one, and print the state."""
    commit_one_by_one(kill_after)
    schedule_late(slow)
    async with open_checkpointer(folder / "a.db") as saver:
        graph = build(folder, saver)
        config: Any = {"configurable": {"thread_id": "t"}}
        snapshot = await graph.aget_state(config)
        start = None if snapshot.created_at else Words(said=["hello"])
        await graph.ainvoke(start, config, durability="sync")
        state = dict((await graph.aget_state(config)).values)
    sys.stdout.write(json.dumps(state))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
