"""AgentService: validate, call, map to proto."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc

from agent_service.desk.desk import Desk
from agent_service.fronts.grpc.protobuf import (
    event_to_proto,
    message_to_proto,
    status_name,
    task_to_proto,
    text_to_proto,
    trailing_metadata,
)
from agent_service.fronts.grpc.questions import answer_of_request, answered_call_id
from agent_service.fronts.grpc.task_pages import page_of_tasks
from agent_service.storage.records import (
    Retention,
    Submission,
    TaskEvent,
    TaskFilter,
    TaskStatus,
)
from core import tracing
from core.errors import InvalidInput
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1 import agent_service_pb2_grpc as pb_grpc
from shared.validation import (
    require_collection,
    require_enum,
    require_range,
    require_text,
    require_uuid,
    require_uuid4,
)

_MAX_PAGE = 500
_DEFAULT_PAGE = 50
_MAX_CONTEXT_ID_BYTES = 128
_MAX_AGE_SECONDS = 100 * 365 * 86_400
_MAX_TIMEOUT_SECONDS = 30 * 24 * 3600.0
Context = grpc.aio.ServicerContext[Any, Any]


class AgentServicer(pb_grpc.AgentServiceServicer):
    """Accepts tasks and tells about them."""

    def __init__(self, desk: Desk) -> None:
        """Ask ``desk``."""
        self._desk = desk

    async def SubmitTask(
        self, request: pb.SubmitTaskRequest, context: Context
    ) -> pb.SubmitTaskResponse:
        """Accept a task; durable once this returns."""
        task = await self._desk.submit(self._submission(request, ""))
        return pb.SubmitTaskResponse(task=task_to_proto(task))

    async def RunTask(
        self, request: pb.RunTaskRequest, context: Context
    ) -> AsyncIterator[pb.RunTaskResponse]:
        """Accept a task and stream its events to the end."""
        task = await self._desk.submit(self._submission(request.task, "task."))
        accepted: pb.Task | None = task_to_proto(task)
        async for each in self._desk.watch(task.task_id, 1):
            if isinstance(each, TaskEvent):
                yield pb.RunTaskResponse(event=event_to_proto(each), task=accepted)
                accepted = None
            elif not request.events_only:
                yield pb.RunTaskResponse(generated=text_to_proto(each))
        yield pb.RunTaskResponse(task=await self._last(task.task_id, context))

    async def WatchTask(
        self, request: pb.WatchTaskRequest, context: Context
    ) -> AsyncIterator[pb.WatchTaskResponse]:
        """Stream the events of a task from a sequence on."""
        task_id = _task_id(request.task_id)
        async for each in self._desk.watch(task_id, request.from_sequence):
            if isinstance(each, TaskEvent):
                yield pb.WatchTaskResponse(event=event_to_proto(each))
            elif not request.events_only:
                yield pb.WatchTaskResponse(generated=text_to_proto(each))
        yield pb.WatchTaskResponse(task=await self._last(task_id, context))

    async def WatchEvents(
        self, request: pb.WatchEventsRequest, context: Context
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """Stream the events of all tasks from a position on."""
        async for event in self._desk.watch_all(request.from_position):
            yield pb.WatchEventsResponse(event=event_to_proto(event))

    async def GetTask(self, request: pb.GetTaskRequest, context: Context) -> pb.GetTaskResponse:
        """Return a task as it stands."""
        return pb.GetTaskResponse(task=await self._last(_task_id(request.task_id), context))

    async def ListTasks(
        self, request: pb.ListTasksRequest, context: Context
    ) -> pb.ListTasksResponse:
        """Return a page of tasks, newest first."""
        size = require_range(request.page_size, "page_size", 0, _MAX_PAGE) or _DEFAULT_PAGE
        require_enum(request.status, "status", pb.TaskStatus.values())
        require_enum(request.view, "view", pb.TaskView.values())
        wanted = TaskFilter(
            status=status_name(request.status),
            workflow=self._desk.workflows.require(request.workflow, "workflow"),
            context_id=request.context_id,
            before=_page_token(request.page_token),
        )
        return await page_of_tasks(self._desk, wanted, int(size), request.view)

    async def CancelTask(
        self, request: pb.CancelTaskRequest, context: Context
    ) -> pb.CancelTaskResponse:
        """Cancel a task that has not ended."""
        task = await self._desk.cancel(_task_id(request.task_id))
        return pb.CancelTaskResponse(task=task_to_proto(task))

    async def RespondTask(
        self, request: pb.RespondTaskRequest, context: Context
    ) -> pb.RespondTaskResponse:
        """Answer the question of a task."""
        task_id, answer = _task_id(request.task_id), answer_of_request(request)
        task = await self._desk.answer(task_id, answer, answered_call_id(request))
        return pb.RespondTaskResponse(task=task_to_proto(task))

    async def RetryTask(
        self, request: pb.RetryTaskRequest, context: Context
    ) -> pb.RetryTaskResponse:
        """Hand a failed task back to the queue."""
        seconds = _timeout_seconds(request, "")
        task = await self._desk.retry(_task_id(request.task_id), seconds)
        return pb.RetryTaskResponse(task=task_to_proto(task))

    async def ListMessages(
        self, request: pb.ListMessagesRequest, context: Context
    ) -> pb.ListMessagesResponse:
        """Return the Agent2Agent messages that the task's state holds."""
        messages = await self._desk.messages(_task_id(request.task_id))
        return pb.ListMessagesResponse(messages=[message_to_proto(each) for each in messages])

    async def PruneTasks(
        self, request: pb.PruneTasksRequest, context: Context
    ) -> pb.PruneTasksResponse:
        """Delete tasks that ended long ago, or count them."""
        pruned = await self._desk.prune(_retention(request), dry_run=request.dry_run)
        return pb.PruneTasksResponse(
            tasks=pruned.tasks,
            events=pruned.events,
            checkpoints=pruned.checkpoints,
            task_ids=pruned.task_ids,
            more=pruned.more,
        )

    def _submission(self, request: pb.SubmitTaskRequest, prefix: str) -> Submission:
        text = require_text(request.text, f"{prefix}text")
        correlation_id = str(uuid.uuid4())
        if request.correlation_id:
            correlation_id = require_uuid4(request.correlation_id, f"{prefix}correlation_id")
        if len(request.context_id.encode()) > _MAX_CONTEXT_ID_BYTES:
            raise InvalidInput(
                f"context_id is longer than {_MAX_CONTEXT_ID_BYTES} bytes: shorten it",
                f"{prefix}context_id",
            )
        return Submission(
            text=text,
            correlation_id=correlation_id,
            context_id=request.context_id,
            workflow=self._desk.workflows.require(request.workflow, f"{prefix}workflow"),
            trace_parent=tracing.trace_parent(),
            timeout_seconds=_timeout_seconds(request, prefix),
            collection=require_collection(request.collection, f"{prefix}collection"),
        )

    async def _last(self, task_id: str, context: Context) -> pb.Task:
        task = await self._desk.get(task_id)
        context.set_trailing_metadata(trailing_metadata(task))
        return task_to_proto(task)


def _retention(request: pb.PruneTasksRequest) -> Retention:
    if not request.HasField("older_than"):
        raise InvalidInput("older_than is missing: say how long ago tasks ended", "older_than")
    seconds = require_range(request.older_than.seconds, "older_than", 0, _MAX_AGE_SECONDS)
    older_than = timedelta(seconds=seconds, microseconds=request.older_than.nanos / 1000)
    if not request.statuses:
        return Retention(older_than)
    return Retention(older_than, [_ended_status(status) for status in request.statuses])


def _ended_status(value: pb.TaskStatus) -> TaskStatus:
    require_enum(value, "statuses", pb.TaskStatus.values())
    word = status_name(value)
    if not word or not TaskStatus(word).ended:
        raise InvalidInput(f"statuses: a task that is {word or 'unspecified'} stays", "statuses")
    return TaskStatus(word)


def _timeout_seconds(request: pb.SubmitTaskRequest | pb.RetryTaskRequest, prefix: str) -> float:
    """Return the timeout of a request; 0 when it has none."""
    if not request.HasField("timeout"):
        return 0.0
    seconds = request.timeout.seconds + request.timeout.nanos / 1e9
    return require_range(seconds, f"{prefix}timeout", 0.001, _MAX_TIMEOUT_SECONDS)


def _task_id(value: str) -> str:
    return require_uuid(value, "task_id")


def _page_token(value: str) -> str:
    return require_uuid(value, "page_token") if value else ""
