"""An ingestion may take as long as it goes on, and is gone on with when its call is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from core.errors import DeadlineExceeded, InvalidInput, Unavailable
from shared.clients import KnowledgeClient
from shared.clients import knowledge as module
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import (
    KnowledgeServiceServicer,
    add_KnowledgeServiceServicer_to_server,
)
from shared.proxies import NO_PROXY

Cut = grpc.StatusCode


class Scripted(KnowledgeServiceServicer):
    """Sends the numbers of passages that each call is scripted to, then its end."""

    def __init__(self, calls: list[tuple[list[int], Cut | str]]) -> None:
        self.calls = calls
        self.made = 0

    async def Ingest(self, request: pb.IngestRequest, context: Any) -> AsyncIterator[Any]:
        passages, end = self.calls[self.made]
        self.made += 1
        for each in passages:
            await asyncio.sleep(0.05)
            progress = pb.IngestProgress(passages=each, total_passages=9)
            yield pb.IngestResponse(progress=progress)
        if end == "hangs":
            await asyncio.sleep(60)
        if isinstance(end, Cut):
            await context.abort(end, "cut")
        yield pb.IngestResponse(ingested=pb.Ingested(source=pb.Source(source=request.source)))


@asynccontextmanager
async def client_of(servicer: Scripted, silence: float) -> AsyncIterator[KnowledgeClient]:
    server = grpc.aio.server()
    add_KnowledgeServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            yield KnowledgeClient(channel, silence_seconds=silence)
    finally:
        await server.stop(0)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)


@pytest.mark.parametrize(
    "calls",
    [
        [([0, 9], "")],
        [([], "")],
        [([0, 3], Cut.UNAVAILABLE), ([0, 3, 9], "")],
        [([0, 3], Cut.DEADLINE_EXCEEDED), ([0, 3, 9], "")],
        [([0], Cut.UNAVAILABLE), ([], Cut.UNAVAILABLE), ([], Cut.UNAVAILABLE), ([0, 9], "")],
        [([0, number], Cut.UNAVAILABLE) for number in range(1, 9)] + [([9], "")],
    ],
)
async def test_a_cut_call_is_made_again(calls: list[tuple[list[int], Cut | str]]) -> None:
    servicer, seen = Scripted(calls), list[int]()
    async with client_of(servicer, 20) as client:
        ended = await client.ingest(
            "a.md", b"text", on_progress=lambda step: seen.append(step.passages)
        )
    assert ended.source.source == "a.md"
    assert servicer.made == len(calls)
    assert seen == [number for passages, _ in calls for number in passages]


@pytest.mark.parametrize(
    ("calls", "error"),
    [
        ([([], Cut.UNAVAILABLE)], Unavailable),
        ([([0, 3], Cut.INVALID_ARGUMENT)], InvalidInput),
        ([([0, 3], "hangs")], DeadlineExceeded),
        ([([], "hangs")], DeadlineExceeded),
        ([([0, 3], Cut.UNAVAILABLE)] + [([0, 3], Cut.UNAVAILABLE)] * 99, Unavailable),
    ],
)
async def test_an_ingestion_that_goes_on_no_further_ends(
    calls: list[tuple[list[int], Cut | str]], error: type[Exception]
) -> None:
    async with client_of(Scripted(calls), 1) as client:
        with pytest.raises(error):
            await client.ingest("a.md", b"text")


async def test_it_may_take_longer_than_any_silence() -> None:
    async with client_of(Scripted([([*range(40)], "")]), 1) as client:
        began = asyncio.get_running_loop().time()
        await client.ingest("a.md", b"text")
        assert asyncio.get_running_loop().time() - began > 1
