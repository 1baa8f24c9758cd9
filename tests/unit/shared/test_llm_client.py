"""A generation that breaks is read again, and never put together from two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from core.errors import Unavailable
from core.ports import CallContext, ChatMessage, GenerationSettings
from shared.clients.llm import LlmClient
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import (
    LlmServiceServicer,
    add_LlmServiceServicer_to_server,
)
from shared.proxies import NO_PROXY

BREAKS = None


class Service(LlmServiceServicer):
    """Streams the texts of one list a call; BREAKS ends the stream as UNAVAILABLE."""

    def __init__(self, *calls: list[str | None]) -> None:
        self.calls = list(calls)
        self.asked: list[pb.GenerateRequest] = []

    async def Generate(
        self, request: pb.GenerateRequest, context: Any
    ) -> AsyncIterator[pb.GenerateResponse]:
        self.asked.append(request)
        for text in self.calls.pop(0):
            if text is BREAKS:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "the server went away")
            yield pb.GenerateResponse(text=text)
        yield pb.GenerateResponse(finish_reason=pb.FINISH_REASON_STOP)


async def generate(service: Service) -> str:
    """Return what a client makes of it."""
    server = grpc.aio.server()
    add_LlmServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            context = CallContext("task:0:call", "task", "correlation", deadline_seconds=30.0)
            answer = await LlmClient(channel).generate(
                [ChatMessage("user", "hi")], GenerationSettings(), context
            )
            return answer.text
    finally:
        await server.stop(None)


async def test_a_second_generation_that_says_it_otherwise_is_taken_whole() -> None:
    service = Service(["Hel", BREAKS], ["Good", "bye"])
    assert await generate(service) == "Goodbye"
    assert [each.from_character for each in service.asked] == [0, 0]


async def test_as_long_as_each_join_comes_further_it_is_joined() -> None:
    service = Service(["a", BREAKS], ["a", "b", BREAKS], ["a", "b", "c"])
    assert await generate(service) == "abc"


async def test_a_join_that_comes_no_further_gives_up() -> None:
    service = Service(["a", "b", BREAKS], ["a", BREAKS])
    with pytest.raises(Unavailable):
        await generate(service)
