"""The checkpointer as the agent uses it: each of its commits is a failpoint."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata

from shared import failpoints
from shared.checkpointing import SqliteCheckpointer


class AgentCheckpointer(SqliteCheckpointer):
    """`SqliteCheckpointer` with failpoints."""

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

    def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> Coroutine[Any, Any, None]:
        """Save what a node wrote before the checkpoint that follows.

        As in the class above, the call itself takes the place in the line of writes: so the
        first failpoint can kill, and not hold.
        """
        failpoints.hit("agent.pending_writes.before_commit")
        saving = super().aput_writes(config, writes, task_id, task_path)

        async def save() -> None:
            await saving
            await failpoints.pause("agent.pending_writes.after_commit")

        return save()
