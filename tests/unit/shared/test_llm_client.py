"""A generation that breaks is read again, and never put together from two."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from core.errors import Unavailable
from core.ports import CallContext, ChatMessage, GenerationSettings
from shared.clients.llm import LlmClient, TextListener
from shared.clients.token_counts import TokenCounts
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


async def generate(service: Service, on_text: TextListener | None = None) -> str:
    """Return what a client makes of it."""
    server = grpc.aio.server()
    add_LlmServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            context = CallContext("task:0:call", "task", "correlation", deadline_seconds=30.0)
            answer = await LlmClient(channel, on_text).generate(
                [ChatMessage("user", "hi")], GenerationSettings(), context
            )
            return answer.text
    finally:
        await server.stop(None)


async def test_a_second_generation_that_says_it_otherwise_is_taken_whole() -> None:
    service = Service(["Hel", BREAKS], ["Good", "bye"])
    assert await generate(service) == "Goodbye"
    assert [each.from_character for each in service.asked] == [0, 0]


async def test_who_listens_hears_the_whole_text_so_far() -> None:
    heard: list[tuple[str, str, bool]] = []

    def listen(context: CallContext, text: str, *, structured: bool) -> None:
        heard.append((context.call_id, text, structured))

    assert await generate(Service(["a", BREAKS], ["a", "b"]), listen) == "ab"
    assert heard == [("task:0:call", text, False) for text in ("a", "a", "ab")]


async def test_as_long_as_each_join_comes_further_it_is_joined() -> None:
    service = Service(["a", BREAKS], ["a", "b", BREAKS], ["a", "b", "c"])
    assert await generate(service) == "abc"


async def test_a_join_that_comes_no_further_gives_up() -> None:
    service = Service(["a", "b", BREAKS], ["a", BREAKS])
    with pytest.raises(Unavailable):
        await generate(service)


class Counter(LlmServiceServicer):
    """Counts characters, for whichever model it says that it is."""

    def __init__(self) -> None:
        self.model = "first"
        self.asked: list[pb.CountTokensRequest] = []

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Any
    ) -> pb.CountTokensResponse:
        self.asked.append(request)
        tokens = [sum(len(each.content) for each in p.messages) for p in request.prompts]
        return pb.CountTokensResponse(tokens=tokens, context_tokens=100)

    async def GetModel(self, request: pb.GetModelRequest, context: Any) -> pb.GetModelResponse:
        return pb.GetModelResponse(name=self.model, larger_context="wait for a better one")


@asynccontextmanager
async def counting() -> AsyncIterator[tuple[Counter, LlmClient]]:
    service, server = Counter(), grpc.aio.server()
    add_LlmServiceServicer_to_server(service, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            yield service, LlmClient(channel)
    finally:
        await server.stop(None)


def saying(*texts: str) -> list[list[ChatMessage]]:
    return [[ChatMessage("system", "s"), ChatMessage("user", text)] for text in texts]


async def test_what_was_counted_is_not_asked_again_until_the_model_is_another() -> None:
    async with counting() as (service, client):
        assert (await client.describe()).larger_context == "wait for a better one"
        assert await client.count_tokens(saying("ab", "cde")) == [3, 4]
        assert await client.count_tokens(saying("cde", "f", "ab", "f")) == [4, 2, 3, 2]
        assert [len(each.prompts) for each in service.asked] == [2, 2]
        await client.describe()
        assert await client.count_tokens(saying("ab")) == [3]
        assert len(service.asked) == 2
        service.model = "second"
        await client.describe()
        assert await client.count_tokens(saying("ab")) == [3]
        assert len(service.asked) == 3
        assert await client.count_tokens([]) == []


async def test_many_and_long_prompts_go_in_several_requests() -> None:
    async with counting() as (service, client):
        texts = [f"{n}" for n in range(150)]
        assert await client.count_tokens(saying(*texts)) == [1 + len(text) for text in texts]
        assert [len(each.prompts) for each in service.asked] == [64, 64, 22]
        service.asked.clear()
        long = ["é" * (1_000_000 + n) for n in range(5)]
        assert await client.count_tokens(saying(*long)) == [1_000_001 + n for n in range(5)]
        assert all(each.ByteSize() < 16 * 1024 * 1024 for each in service.asked)
        assert len(service.asked) == 3


def test_no_more_counts_are_kept_than_may_be() -> None:
    counts = TokenCounts()
    prompts = saying(*(f"{n}" for n in range(5000)))
    for number, prompt in enumerate(prompts):
        counts.keep(prompt, number)
        assert counts.find(prompts[0]) == (0 if number < 4999 else counts.find(prompts[0]))
    known = [counts.find(prompt) for prompt in prompts]
    assert sum(count is not None for count in known) == 4096
    assert known[0] == 0  # it was asked for all the while
    assert known[-1] == 4999
