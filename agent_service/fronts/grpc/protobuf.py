"""Between the agent's records and the messages of its proto."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from agent_service.fronts.grpc.details import fill_content, fill_detail
from agent_service.fronts.grpc.questions import question_to_proto
from agent_service.running.checkpoints import Checkpoint
from agent_service.running.live_text import GeneratedText
from agent_service.storage.records import EventType, TaskEvent, TaskRecord, TaskStatus
from core.state_diff import Change, ChangeKind, path_text
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_STATUS = {status: f"TASK_STATUS_{status.name}" for status in TaskStatus}
_EVENT = {event: f"EVENT_TYPE_{event.name}" for event in EventType}
_CHANGE = {kind: f"CHANGE_KIND_{kind.name}" for kind in ChangeKind}


def task_to_proto(task: TaskRecord) -> pb.Task:
    """Return a task as clients see it."""
    progress = task.progress
    message = pb.Task(
        task_id=task.task_id,
        correlation_id=task.correlation_id,
        context_id=task.context_id,
        text=task.text,
        text_bytes=len(task.text.encode()),
        status=_STATUS[task.status],
        workflow=task.workflow,
        route_confidence=progress.route_confidence,
        route_reason=progress.route_reason,
        route_scores=progress.route_scores,
        result=progress.result,
        code=progress.code,
        sources=[pb.Citation(**source) for source in progress.sources],
        hops=[
            pb.Hop(index=hop["index"], role=hop["role"], attempt=hop["attempt"])
            for hop in progress.hops
        ],
        remaining_loops=task.remaining_loops,
        failure_reason=task.failure_reason,
        failure_message=task.failure_message,
        created_at=_timestamp(task.created_at),
        updated_at=_timestamp(task.updated_at),
        forked_from_task_id=task.forked_from_task_id,
        forked_from_checkpoint_id=task.forked_from_checkpoint_id,
        collection=task.collection,
    )
    if task.deadline_at:
        message.deadline.CopyFrom(_timestamp(task.deadline_at))
    if task.question is not None:
        message.question.CopyFrom(question_to_proto(task.question))
    if progress.approved is not None:
        message.approved = progress.approved
    return message


def event_to_proto(event: TaskEvent) -> pb.TaskEvent:
    """Return an event as watchers see it."""
    message = pb.TaskEvent(
        sequence=event.sequence,
        task_id=event.task_id,
        type=_EVENT[event.type],
        at=_timestamp(event.at),
        hop_index=event.hop_index,
        role=event.role,
        attempt=event.attempt,
        remaining_loops=event.remaining_loops,
        position=event.position,
    )
    fill_detail(message, event)
    return message


def text_to_proto(piece: GeneratedText) -> pb.GeneratedText:
    """Return a piece of a generation's text."""
    return pb.GeneratedText(
        call_id=piece.call_id,
        hop_index=piece.hop_index,
        from_character=piece.from_character,
        text=piece.text,
        structured=piece.structured,
    )


def message_to_proto(stored: Mapping[str, Any]) -> pb.AgentMessage:
    """Return an Agent2Agent message of the state."""
    message = pb.AgentMessage(
        message_id=stored["message_id"],
        sender=stored["sender"],
        recipient=stored["recipient"],
        type=stored["type"],
        hop_index=stored["hop_index"],
        remaining_loops=stored["remaining_loops"],
        correlation_id=stored["correlation_id"],
        sent_at=_timestamp(stored["sent_at"]),
    )
    fill_content(message, stored)
    return message


def checkpoint_to_proto(checkpoint: Checkpoint) -> pb.Checkpoint:
    """Return a checkpoint without its state."""
    message = pb.Checkpoint(
        checkpoint_id=checkpoint.checkpoint_id,
        parent_checkpoint_id=checkpoint.parent_checkpoint_id,
        number=checkpoint.number,
        role=checkpoint.last_role,
        next_roles=checkpoint.next_roles,
        remaining_loops=checkpoint.values["remaining_loops"],
        created_at=_timestamp(checkpoint.created_at),
    )
    if checkpoint.hop is not None:
        message.hop_index = checkpoint.hop["index"]
    return message


def change_to_proto(change: Change) -> pb.StateChange:
    """Return what changed at one place of a state."""
    message = pb.StateChange(path=path_text(change.path), kind=_CHANGE[change.kind])
    if change.kind is not ChangeKind.ADDED:
        message.before.CopyFrom(to_value(change.before))
    if change.kind is not ChangeKind.REMOVED:
        message.after.CopyFrom(to_value(change.after))
    return message


def status_name(value: pb.TaskStatus) -> str:
    """Return the stored word of a status of a request; empty for unspecified."""
    name = pb.TaskStatus.Name(value)
    return next((status.value for status, known in _STATUS.items() if known == name), "")


def trailing_metadata(task: TaskRecord) -> tuple[tuple[str, str], ...]:
    """Return the trailing metadata that GetTask, RunTask and WatchTask carry."""
    confidence = task.progress.route_confidence
    return (
        ("mesh-task-id", task.task_id),
        ("mesh-correlation-id", task.correlation_id),
        ("mesh-workflow", task.workflow),
        ("mesh-route-confidence", f"{confidence:.4f}"),
    )


def _timestamp(iso: str) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.fromisoformat(iso))
    return stamp
