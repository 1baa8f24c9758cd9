"""The history of a task: its checkpoints, and what changed between two of them."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from agent_service.running.checkpoints import (
    Checkpoint,
    checkpoint_of,
    has_state,
    read_checkpoint,
    thread_config,
)
from agent_service.storage.ports import TaskReader
from core.graph import Workflow
from core.state_diff import Change, diff


class History:
    """Reads checkpoints through the workflow, whatever keeps them."""

    def __init__(self, tasks: TaskReader, workflow: Workflow) -> None:
        """Read the history of ``tasks`` from the checkpoints of ``workflow``."""
        self._tasks = tasks
        self._workflow = workflow

    async def page(self, task_id: str, size: int, before: str = "") -> list[Checkpoint]:
        """Return at most ``size`` checkpoints older than ``before``, newest first.

        Raises: NotFound.
        """
        await self._tasks.get(task_id)
        older: RunnableConfig | None = thread_config(task_id, before) if before else None
        # One more, since the oldest checkpoint holds the input and no state yet.
        snapshots = self._workflow.aget_state_history(
            thread_config(task_id), before=older, limit=size + 1
        )
        found = [checkpoint_of(task_id, each) async for each in snapshots if has_state(each)]
        return found[:size]

    async def get(self, task_id: str, checkpoint_id: str) -> Checkpoint:
        """Return a checkpoint. Raises: NotFound."""
        await self._tasks.get(task_id)
        return await read_checkpoint(self._workflow, task_id, checkpoint_id)

    async def diff(self, first: tuple[str, str], second: tuple[str, str]) -> list[Change]:
        """Return what changed between two checkpoints, each named by its task's id and its own.

        Raises: NotFound.
        """
        before, after = await self.get(*first), await self.get(*second)
        return diff(before.values, after.values)
