"""The checkpointer as the agent uses it: each of its commits is a failpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata

from core.checkpointing import SqliteCheckpointer
from shared import failpoints


class AgentCheckpointer(SqliteCheckpointer):
    """`SqliteCheckpointer`, which as a part of core knows no failpoints."""

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
