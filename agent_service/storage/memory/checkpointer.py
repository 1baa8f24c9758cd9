"""LangGraph's saver in memory, with what a checkpoint causes, in the order of saving."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    DeltaChannelHistory,
    get_checkpoint_id,
)
from langgraph.checkpoint.memory import InMemorySaver

from agent_service.storage.hop_events import completed_hop
from agent_service.storage.memory.tables import Tables
from agent_service.storage.transitions import check_running
from core.ports import Clock
from core.workflows import Workflows
from shared.strict_serializer import StrictSerializer


class MemoryCheckpointer(InMemorySaver):
    """`InMemorySaver` with an outbox.

    Its newest checkpoint is the one that was saved last, whatever the clock in the ids says.
    """

    def __init__(self, tables: Tables, clock: Clock, workflows: Workflows) -> None:
        """Keep in ``tables`` what the roles of ``workflows`` let a watcher see."""
        super().__init__(serde=StrictSerializer())
        self._tables = tables
        self._clock = clock
        self._workflows = workflows
        self._saved: dict[tuple[str, str, str], None] = {}  # as an ordered set

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint with the progress and the events that it causes, or nothing of it.

        Raises: NotFound, WrongState when the task was cancelled meanwhile.
        """
        at, place = self._clock.now_iso(), config["configurable"]
        task_id, namespace = str(place["thread_id"]), str(place.get("checkpoint_ns", ""))
        values = checkpoint["channel_values"]
        hop = completed_hop(task_id, values, new_versions, at, self._workflows)
        if hop is not None:
            check_running(task_id, self._tables.status_of(task_id))
        events = self._tables.events.prepare(hop.events if hop else ())
        named: RunnableConfig = {**config, "configurable": {**place, "checkpoint_ns": namespace}}
        saved = super().put(named, checkpoint, metadata, new_versions)
        if hop is not None:
            self._tables.tasks[task_id].update(hop.columns)
        self._tables.events.append(events)
        self._saved.pop((task_id, namespace, checkpoint["id"]), None)
        self._saved[task_id, namespace, checkpoint["id"]] = None
        return saved

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Keep a checkpoint as `put` does, and let others go on."""
        return await self._tables.write(
            lambda: self.put(config, checkpoint, metadata, new_versions)
        )

    def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> Coroutine[Any, Any, None]:
        """Keep what a node wrote before the checkpoint that follows.

        The call itself does it: LangGraph leaves to its scheduler when the coroutine first runs.
        """
        self.put_writes(config, writes, task_id, task_path)
        return asyncio.sleep(0)

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint that ``config`` names, or the one of its thread saved last."""
        named = self._named(config)
        return None if named is None else super().get_tuple(named)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Yield at most ``limit`` checkpoints that match, the one saved last first."""
        left = len(self._saved) if limit is None else limit
        for place in self._older(config, before):
            found = super().get_tuple(_config_of(place)) if left > 0 else None
            if found and all(found.metadata.get(k) == v for k, v in (filter or {}).items()):
                left -= 1
                yield found

    def get_delta_channel_history(
        self, *, config: RunnableConfig, channels: Sequence[str]
    ) -> Mapping[str, DeltaChannelHistory]:
        """Return what DeltaChannels are rebuilt from: a value, and the writes since."""
        named = self._named(config) or config
        return super().get_delta_channel_history(config=named, channels=channels)

    def delete_thread(self, thread_id: str) -> None:
        """Delete every checkpoint of a thread."""
        self.forget([thread_id])

    def forget(self, thread_ids: Collection[str]) -> None:
        """Delete every checkpoint of threads."""
        gone = set(thread_ids)
        for thread_id in gone:
            self.storage.pop(thread_id, None)
        tables: Sequence[dict[Any, Any]] = (self._saved, self.writes, self.blobs)
        for kept in tables:
            for place in [each for each in kept if each[0] in gone]:
                del kept[place]

    def count(self, thread_ids: Collection[str]) -> int:
        """Return how many checkpoints threads have."""
        wanted = set(thread_ids)
        return sum(place[0] in wanted for place in self._saved)

    def release(self, thread_id: str) -> None:
        """Change nothing: the checkpoints take no memory beside themselves."""

    def threads(self) -> set[str]:
        """Return the threads that have a checkpoint."""
        return {place[0] for place in self._saved}

    def _named(self, config: RunnableConfig) -> RunnableConfig | None:
        """Return ``config`` with the id of a checkpoint in it; None when its thread has none."""
        if get_checkpoint_id(config):
            return config
        place = config["configurable"]
        wanted = (str(place["thread_id"]), str(place.get("checkpoint_ns", "")))
        last = next((each for each in reversed(self._saved) if each[:2] == wanted), None)
        return None if last is None else _config_of(last)

    def _older(
        self, config: RunnableConfig | None, before: RunnableConfig | None
    ) -> Sequence[tuple[str, str, str]]:
        """Return where those lie that ``config`` names and that are older than ``before``."""
        wanted = config["configurable"] if config else {}
        places = [each for each in self._saved if wanted.get("thread_id") in (None, each[0])]
        if before and (before_id := get_checkpoint_id(before)):
            ids = [checkpoint_id for _, _, checkpoint_id in places]
            places = places[: ids.index(before_id)] if before_id in ids else []
        return [
            each
            for each in reversed(places)
            if wanted.get("checkpoint_ns") in (None, each[1])
            and (wanted.get("checkpoint_id") or each[2]) == each[2]
        ]


def _config_of(place: tuple[str, str, str]) -> RunnableConfig:
    names = ("thread_id", "checkpoint_ns", "checkpoint_id")
    return {"configurable": dict(zip(names, place, strict=True))}
