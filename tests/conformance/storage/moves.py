"""Tasks brought to where a test wants them, through the ports alone."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint

from agent_service.storage.ports import Storage
from agent_service.storage.records import (
    EventType,
    Submission,
    TaskEnd,
    TaskEvent,
    TaskRecord,
    TaskStatus,
)
from core.ports import AnswerKind, Question

COMPLETED = TaskEnd(TaskStatus.COMPLETED, EventType.COMPLETED)
CANCELLED = TaskEnd(TaskStatus.CANCELLED, EventType.CANCELLED)
FAILED = TaskEnd(TaskStatus.FAILED, EventType.FAILED, reason="GONE", message="it is gone")
ENDS = (COMPLETED, CANCELLED, FAILED)


def asks(call_id: str = "a call") -> TaskEnd:
    """Return the end of a task that asks about a call."""
    question = Question("the call was cut. Did it?", call_id, AnswerKind.EFFECT)
    return TaskEnd(TaskStatus.INPUT_REQUIRED, EventType.INPUT_REQUIRED, question=question)


def request(text: str = "double a number", **more: Any) -> Submission:
    return Submission(text, str(uuid.uuid4()), **more)


async def queued(storage: Storage, **more: Any) -> TaskRecord:
    return await storage.queue.submit(request(**more))


async def running(storage: Storage, **more: Any) -> TaskRecord:
    """Submit a task and claim it; no other one may wait."""
    task = await queued(storage, **more)
    claimed = await storage.queue.claim_oldest()
    assert claimed is not None and claimed.task_id == task.task_id
    return claimed


async def ended(storage: Storage, end: TaskEnd = COMPLETED, **more: Any) -> TaskRecord:
    return await storage.lives.end((await queued(storage, **more)).task_id, end)


async def events_of(storage: Storage, task_id: str) -> list[TaskEvent]:
    """Return the events of a task, and hold them to: their sequences have no gap."""
    events = await storage.events.read(task_id, 1)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    return events


async def types_of(storage: Storage, task_id: str) -> list[EventType]:
    return [event.type for event in await events_of(storage, task_id)]


def thread_of(task_id: str, checkpoint_id: str = "") -> RunnableConfig:
    place = {"thread_id": task_id, "checkpoint_ns": ""}
    return {"configurable": {**place, "checkpoint_id": checkpoint_id} if checkpoint_id else place}


def state_after(*roles: str, **more: Any) -> dict[str, Any]:
    """Return the state that the hops of ``roles`` leave behind, as far as it is shown."""
    hops = [{"index": index, "role": role, "attempt": 1} for index, role in enumerate(roles)]
    return {
        "hops": hops,
        "messages": [{"content": {}} for _ in hops],
        "workflow": "code",
        "route_confidence": 0.9,
        "route_reason": "confidence 0.90",
        "route_scores": {"code": 0.9, "direct": 0.1},
        "passages": [],
        "code": "def f(x):\n    return 2 * x",
        "remaining_loops": 2,
        **more,
    }


def checkpoint_of(values: dict[str, Any]) -> Checkpoint:
    made = empty_checkpoint()
    made["channel_values"] = values
    made["channel_versions"] = {name: f"{1:010}.{uuid.uuid4().hex[:8]}" for name in values}
    return made


async def save(
    storage: Storage,
    task_id: str,
    values: dict[str, Any],
    changed: Sequence[str] | None = None,
    after: str = "",
) -> str:
    """Save ``values`` as a checkpoint, and return its id; all of them changed unless it is said."""
    made = checkpoint_of(values)
    versions = {name: made["channel_versions"][name] for name in changed or values}
    config = thread_of(task_id, after)
    kept = await storage.checkpointer.aput(config, made, {"source": "loop"}, versions)
    return str(kept["configurable"]["checkpoint_id"])


async def saved_hops(storage: Storage, task_id: str) -> int:
    """Return how many hops the newest checkpoint of a task has; -1 when there is none."""
    found = await storage.checkpointer.aget_tuple(thread_of(task_id))
    return -1 if found is None else len(found.checkpoint["channel_values"].get("hops", ()))
