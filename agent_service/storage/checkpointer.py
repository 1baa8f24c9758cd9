"""The checkpointer as the agent uses it: with failpoints, and with ids that only grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
)
from langgraph.checkpoint.base import id as checkpoint_ids

from core.checkpointing import SqliteCheckpointer
from shared import failpoints


class AgentCheckpointer(SqliteCheckpointer):
    """`SqliteCheckpointer`, whose commits are failpoints here.

    The newest checkpoint of a thread is the one with the greatest id, and LangGraph makes ids of
    the wall clock. After a restart with a clock that was set back, new checkpoints would count as
    older than those before: the next restart would run completed hops again.
    """

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Load a checkpoint; those that this process makes from now on have greater ids."""
        found = await super().aget_tuple(config)
        if found is not None:
            _grow_from(found.checkpoint["id"])
        return found

    @failpoints.at_commit("agent.checkpoint")
    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Save a checkpoint; it and what it caused are durable on return."""
        return await super().aput(config, checkpoint, metadata, new_versions)

    @failpoints.at_commit("agent.pending_writes")
    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Save what a node wrote before the checkpoint that follows."""
        await super().aput_writes(config, writes, task_id, task_path)


def _grow_from(checkpoint_id: str) -> None:
    """Let LangGraph's next id be greater than ``checkpoint_id``: it never goes behind its last."""
    seen = checkpoint_ids.UUID(hex=checkpoint_id).time
    last = checkpoint_ids._last_v6_timestamp  # noqa: SLF001 - there is no other door to it
    checkpoint_ids._last_v6_timestamp = max(seen, last or 0)  # type: ignore[assignment]  # noqa: SLF001
