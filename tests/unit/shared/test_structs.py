"""Structs of requests: what JSON cannot be is INVALID_ARGUMENT, with the place, in every rpc."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given

from agent_service.fronts.grpc.history_servicer import HistoryServicer
from core.errors import InvalidInput
from core.json_text import MAX_DEPTH
from shared.clients.structs import from_request, from_struct, from_value, to_struct, to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as agent
from shared.pb.mesh.agent.v1 import agent_service_pb2_grpc as agent_grpc
from shared.pb.mesh.tool.v1 import tool_service_pb2 as tool
from shared.pb.mesh.tool.v1 import tool_service_pb2_grpc as tool_grpc
from shared.proxies import NO_PROXY
from shared.server.interceptors import MeshInterceptor
from tests.json_values import VALUES
from tool_service.registry import ToolRegistry
from tool_service.servicer import ToolServicer
from tool_service.tools.calculator import CALCULATOR

NOTHING: Any = None
TASK = "01a1fc85-c72b-711a-becc-59c323955830"


def nested(levels: int, leaf: Any = 1) -> dict[str, Any]:
    value: Any = leaf
    for _ in range(levels):
        value = {"a": value}
    return dict(value)


def struct_of(values: dict[str, Any]) -> Struct:
    struct = Struct()
    struct.update(values)
    return struct


BAD = {
    "nan": ({"expression": math.nan}, ".expression"),
    "infinity": ({"expression": "1", "x": {"y": [1, math.inf]}}, ".x.y[1]"),
    "minus infinity": ({"b": [[-math.inf]]}, ".b[0][0]"),
    "a level too many": (nested(MAX_DEPTH + 1), ".a" * MAX_DEPTH),
    "30 levels": (nested(30), ".a" * MAX_DEPTH),
    "60 levels": (nested(60), ""),
    "200 levels": (nested(200), ""),
    "lists": ({"a": [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}, ".a" + "[0]" * 19),
}


def call_tool(channel: Any, values: dict[str, Any]) -> Any:
    request = tool.CallToolRequest(call_id="x", name="calculator")
    request.arguments.update(values)  # in place: a copy would be read, and is too deep
    return tool_grpc.ToolServiceStub(channel).CallTool(request)


def fork_task(channel: Any, values: dict[str, Any]) -> Any:
    request = agent.ForkTaskRequest(task_id=TASK, checkpoint_id=TASK)
    request.edits.update(values)
    return agent_grpc.HistoryServiceStub(channel).ForkTask(request)


CALLS: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "arguments": call_tool,
    "edits": fork_task,
}


@asynccontextmanager
async def served() -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server(interceptors=[MeshInterceptor("token", 10)])
    tools = ToolServicer(ToolRegistry([CALCULATOR]), NOTHING)
    history = HistoryServicer(RefusingDesk())  # type: ignore[arg-type]
    tool_grpc.add_ToolServiceServicer_to_server(tools, server)  # type: ignore[no-untyped-call]
    agent_grpc.add_HistoryServiceServicer_to_server(history, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            yield channel
    finally:
        await server.stop(None)


class RefusingDesk:
    """Takes no edits."""

    history = NOTHING

    async def fork(self, *args: Any, **more: Any) -> Any:
        raise AssertionError("bad edits came through")


async def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    """Return the code of a refusal, and the field that it names."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    field = ""
    for key, value in refused.value.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                bad = error_details_pb2.BadRequest()
                if detail.Unpack(bad):
                    field = bad.field_violations[0].field
    return refused.value.code(), field


@pytest.mark.parametrize("field", CALLS)
@pytest.mark.parametrize("bad", BAD)
async def test_every_rpc_with_free_json_refuses_what_is_none(field: str, bad: str) -> None:
    values, place = BAD[bad]
    async with served() as channel:
        call = CALLS[field](_Token(channel), values)
        assert await refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, field + place)


async def test_bytes_that_are_no_message_are_bad_input() -> None:
    async with served() as channel:
        for method in ("tool.v1.ToolService/ListTools", "agent.v1.HistoryService/GetCheckpoint"):
            call = channel.unary_unary(f"/mesh.{method}")
            code, _ = await refusal(call(b"\xff\xff\xff", metadata=[("authorization", AUTH)]))
            assert code is grpc.StatusCode.INVALID_ARGUMENT


AUTH = "Bearer token"


class _Token:
    """A channel whose calls carry the token."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    def unary_unary(self, *args: Any, **more: Any) -> Any:
        call = self._channel.unary_unary(*args, **more)
        return lambda request: call(request, metadata=[("authorization", AUTH)])

    unary_stream = unary_unary


@given(value=VALUES)
def test_json_goes_over_the_wire_and_back(value: Any) -> None:
    assert from_struct(to_struct({"v": value})) == {"v": value}
    assert from_value(to_value(value)) == value


@pytest.mark.parametrize(
    "values", [{"a": math.nan}, {"a": [10**400]}, {"b": {"a": -math.inf}}, nested(40)]
)
def test_nothing_is_sent_that_could_not_be_read(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        to_struct(values, "arguments")
    assert refused.value.field.startswith("arguments.")
    with pytest.raises(InvalidInput):
        to_value(values)


def test_the_deepest_allowed_request_is_read_and_fits_into_a_state() -> None:
    deepest = nested(MAX_DEPTH)
    assert from_request(struct_of(deepest), "arguments") == deepest
    state = {"messages": [{"content": {"arguments": deepest}}]}
    answer = agent.GetCheckpointResponse(state=to_struct(state))
    read = agent.GetCheckpointResponse.FromString(answer.SerializeToString())
    assert from_struct(read.state) == state
