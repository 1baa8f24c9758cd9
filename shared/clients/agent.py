"""The client of AgentService."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from core.ports import Answer, EffectAnswer, TextAnswer
from shared.clients.channel import streamed, unary
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import AgentServiceStub

_SECONDS = 20.0
_STREAM_SECONDS = 3600.0
_PRUNE_SECONDS = 120.0


class AgentClient:
    """Submits tasks and follows them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = AgentServiceStub(channel)

    async def submit(self, request: pb.SubmitTaskRequest) -> pb.Task:
        """Submit a task; durable on return."""
        answer: pb.SubmitTaskResponse = await unary(
            self._stub.SubmitTask(request, timeout=_SECONDS)
        )
        return answer.task

    def run(
        self, request: pb.SubmitTaskRequest, *, events_only: bool = False
    ) -> AsyncIterator[pb.RunTaskResponse]:
        """Submit a task and yield its events, and text as it is generated; at last the task."""
        run = pb.RunTaskRequest(task=request, events_only=events_only)
        return streamed(self._stub.RunTask(run, timeout=_STREAM_SECONDS))

    def watch(
        self, task_id: str, from_sequence: int = 1, *, events_only: bool = False
    ) -> AsyncIterator[pb.WatchTaskResponse]:
        """Yield the events of a task, and text as it is generated; at last the ended task."""
        request = pb.WatchTaskRequest(
            task_id=task_id, from_sequence=from_sequence, events_only=events_only
        )
        return streamed(self._stub.WatchTask(request, timeout=_STREAM_SECONDS))

    async def watch_all(self, from_position: int = 1) -> AsyncIterator[pb.TaskEvent]:
        """Yield the events of all tasks, live and without end."""
        request = pb.WatchEventsRequest(from_position=from_position)
        async for response in streamed(self._stub.WatchEvents(request, timeout=_STREAM_SECONDS)):
            yield response.event

    async def get(self, task_id: str) -> pb.Task:
        """Return a task. Raises: NotFound."""
        request = pb.GetTaskRequest(task_id=task_id)
        answer: pb.GetTaskResponse = await unary(self._stub.GetTask(request, timeout=_SECONDS))
        return answer.task

    async def page(self, request: pb.ListTasksRequest) -> pb.ListTasksResponse:
        """Return a page of tasks, newest first."""
        answer: pb.ListTasksResponse = await unary(self._stub.ListTasks(request, timeout=_SECONDS))
        return answer

    async def cancel(self, task_id: str) -> pb.Task:
        """Cancel a task. Raises: NotFound, WrongState."""
        request = pb.CancelTaskRequest(task_id=task_id)
        answer: pb.CancelTaskResponse = await unary(
            self._stub.CancelTask(request, timeout=_SECONDS)
        )
        return answer.task

    async def respond(self, task_id: str, answer: Answer, call_id: str = "") -> pb.Task:
        """Answer the question of a task that ``call_id`` names; empty: the one that waits.

        Raises: NotFound, InvalidInput, WrongState.
        """
        request = pb.RespondTaskRequest(task_id=task_id, call_id=call_id)
        if isinstance(answer, EffectAnswer):
            request.effect.happened, request.effect.output = answer.happened, answer.output
        elif isinstance(answer, TextAnswer):
            request.text = answer.text
        else:
            request.value.CopyFrom(to_value(answer.value))
        answered: pb.RespondTaskResponse = await unary(
            self._stub.RespondTask(request, timeout=_SECONDS)
        )
        return answered.task

    async def retry(self, task_id: str) -> pb.Task:
        """Hand a failed task back to the queue. Raises: NotFound, WrongState."""
        request = pb.RetryTaskRequest(task_id=task_id)
        answer: pb.RetryTaskResponse = await unary(self._stub.RetryTask(request, timeout=_SECONDS))
        return answer.task

    async def prune(self, request: pb.PruneTasksRequest) -> pb.PruneTasksResponse:
        """Delete some of the old tasks, or count them all. Raises: InvalidInput."""
        answer: pb.PruneTasksResponse = await unary(
            self._stub.PruneTasks(request, timeout=_PRUNE_SECONDS)
        )
        return answer

    async def messages(self, task_id: str) -> list[pb.AgentMessage]:
        """Return the Agent2Agent messages of a task."""
        request = pb.ListMessagesRequest(task_id=task_id)
        return list((await unary(self._stub.ListMessages(request, timeout=_SECONDS))).messages)
