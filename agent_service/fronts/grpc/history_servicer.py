"""HistoryService: validate, call, map to proto."""

from __future__ import annotations

import uuid
from typing import Any

import grpc

from agent_service.desk.desk import Desk
from agent_service.fronts.grpc.protobuf import change_to_proto, checkpoint_to_proto, task_to_proto
from core import tracing
from core.errors import InvalidInput
from shared.clients.structs import from_request, to_struct
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1 import agent_service_pb2_grpc as pb_grpc
from shared.validation import require_range, require_uuid, require_uuid4

_MAX_PAGE = 500
_DEFAULT_PAGE = 50
# What is edited comes back whole in one message with all else that there is of the task.
_MAX_EDITS_BYTES = 1024 * 1024
Context = grpc.aio.ServicerContext[Any, Any]


class HistoryServicer(pb_grpc.HistoryServiceServicer):
    """Tells of checkpoints, and accepts forks."""

    def __init__(self, desk: Desk) -> None:
        """Ask ``desk``."""
        self._desk = desk
        self._history = desk.history

    async def ListCheckpoints(
        self, request: pb.ListCheckpointsRequest, context: Context
    ) -> pb.ListCheckpointsResponse:
        """Return a page of checkpoints, newest first."""
        task_id = require_uuid(request.task_id, "task_id")
        size = int(require_range(request.page_size, "page_size", 0, _MAX_PAGE)) or _DEFAULT_PAGE
        before = require_uuid(request.page_token, "page_token") if request.page_token else ""
        found = await self._history.page(task_id, size + 1, before)
        page = found[:size]
        return pb.ListCheckpointsResponse(
            checkpoints=[checkpoint_to_proto(each) for each in page],
            next_page_token=page[-1].checkpoint_id if len(found) > size else "",
        )

    async def GetCheckpoint(
        self, request: pb.GetCheckpointRequest, context: Context
    ) -> pb.GetCheckpointResponse:
        """Return a checkpoint with its state."""
        found = await self._history.get(
            require_uuid(request.task_id, "task_id"),
            require_uuid(request.checkpoint_id, "checkpoint_id"),
        )
        return pb.GetCheckpointResponse(
            checkpoint=checkpoint_to_proto(found), state=to_struct(found.values)
        )

    async def DiffCheckpoints(
        self, request: pb.DiffCheckpointsRequest, context: Context
    ) -> pb.DiffCheckpointsResponse:
        """Return what changed between two checkpoints."""
        task_id = require_uuid(request.task_id, "task_id")
        to_task_id = require_uuid(request.to_task_id, "to_task_id") if request.to_task_id else ""
        changes = await self._history.diff(
            (task_id, require_uuid(request.from_checkpoint_id, "from_checkpoint_id")),
            (to_task_id or task_id, require_uuid(request.to_checkpoint_id, "to_checkpoint_id")),
        )
        return pb.DiffCheckpointsResponse(changes=[change_to_proto(each) for each in changes])

    async def ForkTask(self, request: pb.ForkTaskRequest, context: Context) -> pb.ForkTaskResponse:
        """Accept a task that goes on from a checkpoint; durable once this returns."""
        if request.edits.ByteSize() > _MAX_EDITS_BYTES:
            raise InvalidInput(f"edits are over {_MAX_EDITS_BYTES} bytes", "edits")
        correlation_id = str(uuid.uuid4())
        if request.correlation_id:
            correlation_id = require_uuid4(request.correlation_id, "correlation_id")
        task = await self._desk.fork(
            require_uuid(request.task_id, "task_id"),
            require_uuid(request.checkpoint_id, "checkpoint_id"),
            from_request(request.edits, "edits"),
            correlation_id=correlation_id,
            trace_parent=tracing.trace_parent(),
        )
        return pb.ForkTaskResponse(task=task_to_proto(task))
