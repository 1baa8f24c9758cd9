"""What people write by hand: the same graph on LangGraph's AsyncSqliteSaver, in one process.

No service, no queue, no events, no recovery: a durable checkpoint a hop and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent_service.clock import SystemClock
from agent_service.skills.choice import ChosenSkills
from benchmarks.instant_services import InstantServices, NoJournal
from core.config import WorkflowConfig
from core.graph import Workflow, build_workflow
from core.services import WorkflowServices
from core.state import initial_state


@asynccontextmanager
async def open_plain_workflow(path: Path) -> AsyncIterator[Workflow]:
    """Yield the workflow on a saver that is as durable as ours: WAL, synchronous=FULL."""
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.setup()
        await saver.conn.execute("PRAGMA synchronous=FULL")
        yield build_instant_workflow(saver)


def build_instant_workflow(saver: BaseCheckpointSaver[Any]) -> Workflow:
    """Return the workflow on services that answer at once."""
    services = InstantServices()
    return build_workflow(
        WorkflowServices(
            model=services,
            knowledge=services,
            tools=services,
            router=services,
            health=services,
            journal=NoJournal(),
            clock=SystemClock(),
            skills=ChosenSkills(services, finder=services),
            config=WorkflowConfig(),
        ),
        saver,
    )


async def run_plain(workflow: Workflow, text: str, task_id: str = "") -> None:
    """Run one task to its end, with a checkpoint durable after each hop."""
    task_id = task_id or str(uuid.uuid4())
    config: RunnableConfig = {"configurable": {"thread_id": task_id}}
    start = initial_state(
        task_id=task_id,
        correlation_id=str(uuid.uuid4()),
        text=text,
        requested_workflow="",
        max_review_cycles=2,
    )
    async for _ in workflow.astream(start, config, stream_mode="updates", durability="sync"):
        pass
