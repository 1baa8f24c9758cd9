"""The client of ToolService."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import grpc

from core.ports import CallContext, EffectAnswer, ToolDescription, ToolResult
from shared import failpoints
from shared.call_metadata import to_metadata
from shared.clients.channel import unary
from shared.clients.structs import from_struct, to_struct
from shared.pb.mesh.tool.v1 import tool_service_pb2 as pb
from shared.pb.mesh.tool.v1.tool_service_pb2_grpc import ToolServiceStub

_SHORT_SECONDS = 20.0


class ToolClient:
    """Lists and calls tools over gRPC (`core.ports.Toolbox`)."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = ToolServiceStub(channel)

    @failpoints.at_call("client.list_tools")
    async def list_tools(self) -> list[ToolDescription]:
        """Return the registered tools, by name."""
        answer = await unary(self._stub.ListTools(pb.ListToolsRequest(), timeout=_SHORT_SECONDS))
        return [
            ToolDescription(
                name=tool.name,
                description=tool.description,
                parameters_schema=from_struct(tool.parameters_schema),
                idempotent=tool.idempotent,
            )
            for tool in answer.tools
        ]

    async def forget_calls(self, task_ids: Sequence[str]) -> int:
        """Delete what is recorded of the calls of deleted tasks, at most 500; return how many."""
        request = pb.ForgetCallsRequest(task_ids=task_ids)
        return int((await unary(self._stub.ForgetCalls(request, timeout=_SHORT_SECONDS))).calls)

    @failpoints.at_call("client.call_tool")
    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Call a tool once."""
        request = pb.CallToolRequest(
            call_id=context.call_id, name=name, arguments=to_struct(arguments, "arguments")
        )
        answer = await unary(
            self._stub.CallTool(
                request, timeout=context.deadline_seconds, metadata=to_metadata(context)
            )
        )
        return ToolResult(
            ok=answer.ok,
            output=answer.output,
            data=from_struct(answer.data),
            replayed=answer.replayed,
        )

    @failpoints.at_call("client.resolve_call")
    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Tell the ledger how a call ended whose outcome nobody knew."""
        request = pb.ResolveCallRequest(
            call_id=call_id, happened=answer.happened, output=answer.output
        )
        await unary(self._stub.ResolveCall(request, timeout=_SHORT_SECONDS))

    @failpoints.at_call("client.cancel_calls")
    async def cancel_calls(self, task_id: str) -> None:
        """Stop every running call of a task."""
        request = pb.CancelCallsRequest(task_id=task_id)
        await unary(self._stub.CancelCalls(request, timeout=_SHORT_SECONDS))
