"""The checkpoints of a task, read and written through the workflow, whatever keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import START
from langgraph.types import StateSnapshot

from agent_service.storage.records import TaskRecord
from core.errors import NotFound
from core.graph import Workflow
from core.state import HopRecord, TaskState, forked_state


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a task as it was kept after a hop, or (``hop`` is None) before the first one."""

    task_id: str
    checkpoint_id: str
    parent_checkpoint_id: str
    number: int
    hop: HopRecord | None
    next_roles: tuple[str, ...]
    created_at: str
    values: Mapping[str, Any]

    @property
    def last_role(self) -> str:
        """The role that acted last; empty before the first hop."""
        return "" if self.hop is None else self.hop["role"]


async def read_checkpoint(workflow: Workflow, task_id: str, checkpoint_id: str) -> Checkpoint:
    """Return a checkpoint. Raises: NotFound."""
    snapshot = await workflow.aget_state(thread_config(task_id, checkpoint_id))
    if not has_state(snapshot):
        raise NotFound(f"task {task_id} has no checkpoint {checkpoint_id}")
    return checkpoint_of(task_id, snapshot)


def has_state(snapshot: StateSnapshot) -> bool:
    """Say whether there is a checkpoint, and one past the mere input of the workflow."""
    return snapshot.metadata is not None and snapshot.metadata.get("source") != "input"


def checkpoint_of(task_id: str, snapshot: StateSnapshot) -> Checkpoint:
    """Return what a snapshot of the workflow holds."""
    hops = snapshot.values.get("hops", [])
    return Checkpoint(
        task_id=task_id,
        checkpoint_id=_id_of(snapshot.config),
        # What the first one follows is the input, which is no state to show.
        parent_checkpoint_id=_id_of(snapshot.parent_config) if hops else "",
        number=(snapshot.metadata or {}).get("step", 0),
        hop=hops[-1] if hops else None,
        next_roles=snapshot.next,
        created_at=snapshot.created_at or "",
        values=snapshot.values,
    )


def _id_of(config: RunnableConfig | None) -> str:
    return "" if config is None else str(config["configurable"]["checkpoint_id"])


def thread_config(task_id: str, checkpoint_id: str = "") -> RunnableConfig:
    """Return what names a task, or one of its checkpoints, to the workflow."""
    place = {"thread_id": task_id}
    return {"configurable": {**place, "checkpoint_id": checkpoint_id} if checkpoint_id else place}


async def seed_fork(workflow: Workflow, task: TaskRecord) -> None:
    """Write the first checkpoint of a fork: one write, so that it is there whole or not at all.

    It comes from what the task's row names, and so is the same whenever it is made. Raises:
    NotFound when the checkpoint is no longer there.
    """
    checkpoint = await read_checkpoint(
        workflow, task.forked_from_task_id, task.forked_from_checkpoint_id
    )
    state = forked_state(
        checkpoint.values,
        task.fork_edits,
        task_id=task.task_id,
        correlation_id=task.correlation_id,
    )
    await place_state(workflow, state)


async def place_state(workflow: Workflow, state: TaskState) -> RunnableConfig:
    """Write ``state`` as the checkpoint that the role of its last hop leaves behind."""
    hops = state.get("hops", [])
    config: RunnableConfig = {"configurable": {"thread_id": state["task_id"]}}
    return await workflow.aupdate_state(config, state, as_node=hops[-1]["role"] if hops else START)
