"""ToolService on the wire."""

from __future__ import annotations

from typing import Any

import grpc

from core.ports import ToolResult
from shared.clients.structs import from_request, to_struct
from shared.pb.mesh.tool.v1 import tool_service_pb2 as pb
from shared.pb.mesh.tool.v1.tool_service_pb2_grpc import ToolServiceServicer
from shared.validation import require_range, require_text, require_uuid
from tool_service.calls import CallRunner
from tool_service.ledger.ledger import CallRequest
from tool_service.registry import ToolRegistry
from tool_service.tool import Tool

_MAX_FORGOTTEN = 500
Context = grpc.aio.ServicerContext[Any, Any]


class ToolServicer(ToolServiceServicer):
    """Maps the rpcs to the registry and the runner of calls."""

    def __init__(self, registry: ToolRegistry, calls: CallRunner) -> None:
        """Serve the tools of ``registry``."""
        self._registry = registry
        self._calls = calls

    async def ListTools(
        self, request: pb.ListToolsRequest, context: Context
    ) -> pb.ListToolsResponse:
        """List the tools."""
        return pb.ListToolsResponse(tools=[_description(tool) for tool in self._registry.tools])

    async def CallTool(self, request: pb.CallToolRequest, context: Context) -> pb.CallToolResponse:
        """Call a tool once."""
        require_text(request.call_id, "call_id", max_bytes=128)
        tool = self._registry.get(request.name)
        arguments = from_request(request.arguments, "arguments")
        self._registry.check(tool.name, arguments)
        call = CallRequest(request.call_id, tool.name, arguments)
        result = await self._calls.call(tool, call)
        return pb.CallToolResponse(
            ok=result.ok,
            output=result.output,
            data=to_struct(result.data),
            replayed=result.replayed,
        )

    async def ResolveCall(
        self, request: pb.ResolveCallRequest, context: Context
    ) -> pb.ResolveCallResponse:
        """Record how a call in doubt ended."""
        require_text(request.call_id, "call_id", max_bytes=128)
        done = ToolResult(ok=True, output=request.output) if request.happened else None
        await self._calls.resolve(request.call_id, done)
        return pb.ResolveCallResponse()

    async def CancelCalls(
        self, request: pb.CancelCallsRequest, context: Context
    ) -> pb.CancelCallsResponse:
        """Stop the running calls of a task."""
        task_id = require_uuid(request.task_id, "task_id")
        return pb.CancelCallsResponse(cancelled=await self._calls.cancel(f"{task_id}:"))

    async def ForgetCalls(
        self, request: pb.ForgetCallsRequest, context: Context
    ) -> pb.ForgetCallsResponse:
        """Delete the records of deleted tasks' calls."""
        require_range(len(request.task_ids), "task_ids", 0, _MAX_FORGOTTEN)
        task_ids = [require_uuid(each, "task_ids") for each in request.task_ids]
        return pb.ForgetCallsResponse(calls=await self._calls.forget(task_ids))


def _description(tool: Tool) -> pb.ToolDescription:
    return pb.ToolDescription(
        name=tool.name,
        description=tool.description,
        parameters_schema=to_struct(tool.parameters_schema),
        idempotent=tool.idempotent,
    )
