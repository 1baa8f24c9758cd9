"""The history of a task: its checkpoints, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

from agent_service.storage.ports import TaskReader
from core.errors import NotFound
from core.graph import Workflow
from core.messages import Role
from core.state import HopRecord
from core.state_diff import Change, diff


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a task as it was kept after a hop, or (``hop`` is None) before the first one."""

    task_id: str
    checkpoint_id: str
    parent_checkpoint_id: str
    step: int
    hop: HopRecord | None
    next_roles: tuple[str, ...]
    created_at: str
    values: Mapping[str, Any]

    @property
    def last_role(self) -> Role | None:
        """The role that acted last; None before the first hop."""
        return None if self.hop is None else Role(self.hop["role"])


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
        older: RunnableConfig | None = _config(task_id, before) if before else None
        # One more, since the oldest checkpoint holds the input and no state yet.
        snapshots = self._workflow.aget_state_history(
            _config(task_id), before=older, limit=size + 1
        )
        found = [_checkpoint(task_id, each) async for each in snapshots if _has_state(each)]
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


async def read_checkpoint(workflow: Workflow, task_id: str, checkpoint_id: str) -> Checkpoint:
    """Return a checkpoint. Raises: NotFound."""
    snapshot = await workflow.aget_state(_config(task_id, checkpoint_id))
    if not _has_state(snapshot):
        raise NotFound(f"task {task_id} has no checkpoint {checkpoint_id}")
    return _checkpoint(task_id, snapshot)


def _has_state(snapshot: StateSnapshot) -> bool:
    """Say whether there is a checkpoint, and one past the mere input of the workflow."""
    return snapshot.metadata is not None and snapshot.metadata.get("source") != "input"


def _checkpoint(task_id: str, snapshot: StateSnapshot) -> Checkpoint:
    hops = snapshot.values.get("hops", [])
    return Checkpoint(
        task_id=task_id,
        checkpoint_id=_id_of(snapshot.config),
        # What the first one follows is the input, which is no state to show.
        parent_checkpoint_id=_id_of(snapshot.parent_config) if hops else "",
        step=(snapshot.metadata or {}).get("step", 0),
        hop=hops[-1] if hops else None,
        next_roles=snapshot.next,
        created_at=snapshot.created_at or "",
        values=snapshot.values,
    )


def _id_of(config: RunnableConfig | None) -> str:
    return "" if config is None else str(config["configurable"]["checkpoint_id"])


def _config(task_id: str, checkpoint_id: str = "") -> RunnableConfig:
    place = {"thread_id": task_id}
    return {"configurable": {**place, "checkpoint_id": checkpoint_id} if checkpoint_id else place}
