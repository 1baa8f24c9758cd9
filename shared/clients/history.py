"""The client of HistoryService."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from shared.clients.channel import unary
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import HistoryServiceStub

_SECONDS = 20.0


class HistoryClient:
    """Reads the checkpoints of tasks, and forks tasks from them."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = HistoryServiceStub(channel)

    async def page(self, request: pb.ListCheckpointsRequest) -> pb.ListCheckpointsResponse:
        """Return a page of checkpoints, newest first. Raises: NotFound."""
        answer: pb.ListCheckpointsResponse = await unary(
            self._stub.ListCheckpoints(request, timeout=_SECONDS)
        )
        return answer

    async def checkpoints(self, task_id: str) -> AsyncIterator[pb.Checkpoint]:
        """Yield every checkpoint of a task, newest first. Raises: NotFound."""
        request = pb.ListCheckpointsRequest(task_id=task_id)
        while True:
            page = await self.page(request)
            for checkpoint in page.checkpoints:
                yield checkpoint
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def get(self, task_id: str, checkpoint_id: str) -> pb.GetCheckpointResponse:
        """Return a checkpoint and its state. Raises: NotFound."""
        request = pb.GetCheckpointRequest(task_id=task_id, checkpoint_id=checkpoint_id)
        answer: pb.GetCheckpointResponse = await unary(
            self._stub.GetCheckpoint(request, timeout=_SECONDS)
        )
        return answer

    async def diff(self, request: pb.DiffCheckpointsRequest) -> list[pb.StateChange]:
        """Return what changed between two checkpoints. Raises: NotFound."""
        answer: pb.DiffCheckpointsResponse = await unary(
            self._stub.DiffCheckpoints(request, timeout=_SECONDS)
        )
        return list(answer.changes)

    async def fork(self, request: pb.ForkTaskRequest) -> pb.Task:
        """Fork a task; the fork is durable on return.

        Raises: NotFound, InvalidInput, IdentifierReused, WrongState (nothing follows).
        """
        answer: pb.ForkTaskResponse = await unary(self._stub.ForkTask(request, timeout=_SECONDS))
        return answer.task
