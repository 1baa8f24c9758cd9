"""The LLM engine's thread dies: that is said, what it held fails, and the tasks go on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from core.errors import MeshError, Unavailable
from shared.clients import LlmClient
from shared.grpc_errors import from_rpc_error
from shared.pb.mesh.llm.v1 import llm_service_pb2 as pb
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from shared.proxies import NO_PROXY
from tests.chaos.chaos_mesh import ChaosMesh, Death
from tests.chaos.checker import check
from tests.chaos.workload import JOBS

WORD = {"type": "string", "minLength": 200}
LONG = json.dumps({"type": "array", "items": WORD, "minItems": 200})
Statuses = health_pb2.HealthCheckResponse


@pytest.fixture
async def one_slot(mesh: ChaosMesh) -> AsyncIterator[ChaosMesh]:
    """The mesh with one slot: whoever has it, for thousands of tokens, lets all others wait."""
    await mesh.renew("llm", LLM_SLOTS="1", LLM_CONTEXT="16384")
    yield mesh
    mesh.disarm()
    await mesh.renew("llm")


class Caller:
    """A generation of seconds, asked for directly and once: gRPC would ask again by itself."""

    def __init__(self, mesh: ChaosMesh, channel: grpc.aio.Channel) -> None:
        """Ask over ``channel``, which knows no token and no retries."""
        request = pb.GenerateRequest(
            call_id=f"direct:{uuid.uuid4()}",
            messages=[pb.ChatMessage(role=pb.CHAT_ROLE_USER, content="count")],
            json_schema=LONG,
            max_tokens=8000,
        )
        token = (("authorization", f"Bearer {mesh.settings.read_token()}"),)
        self._call = LlmServiceStub(channel).Generate(request, metadata=token, timeout=60)

    async def writes(self) -> None:
        """Wait for its first text."""
        await self._call.read()

    async def failure(self) -> MeshError:
        """Wait for its end and return what it failed with."""
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            while await self._call.read() is not grpc.aio.EOF:
                pass
        return from_rpc_error(failed.value)


async def watch_health(mesh: ChaosMesh, said: list[int], heard: asyncio.Event) -> None:
    """Note what the health service says, until its process has ended."""
    async with mesh.channel("llm") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for answer in stub.Watch(health_pb2.HealthCheckRequest()):
                said.append(answer.status)
                heard.set()


async def held(client: LlmClient, waiting: int) -> None:
    """Wait until so many generations wait for the slot."""
    async with asyncio.timeout(30):
        while (await client.engine()).waiting < waiting:
            await asyncio.sleep(0.02)


async def test_the_thread_dies_with_calls_in_its_hands(one_slot: ChaosMesh) -> None:
    mesh, before = one_slot, len(one_slot.deaths)
    said: list[int] = []
    heard = asyncio.Event()
    health = asyncio.create_task(watch_health(mesh, said, heard))
    once = grpc.aio.insecure_channel(
        mesh.settings.address_of("llm"), options=[*NO_PROXY, ("grpc.enable_retries", 0)]
    )
    async with once, mesh.channel("llm") as channel, asyncio.timeout(60):
        await heard.wait()
        running = Caller(mesh, once)
        await running.writes()
        queued = Caller(mesh, once)
        submitted = [await mesh.submitted(job) for job in JOBS]
        await held(LlmClient(channel), 1 + len(JOBS))
        mesh.arm("llm.step", "fail")
        for caller in (running, queued):
            error = await caller.failure()
            assert isinstance(error, Unavailable), error
            assert str(error).startswith("the LLM engine's thread failed")
            assert error.retry_after_seconds == 1.0
        await health
    await mesh.died(before)
    await mesh.serving("llm")
    await mesh.settled()

    assert said == [Statuses.SERVING, Statuses.NOT_SERVING]
    assert mesh.deaths[before:] == [Death("llm", 1)]
    assert mesh.said("llm").count("llm: the LLM engine's thread failed: llm.step") == 1
    report = check(mesh.evidence, submitted)
    assert report.clean, report
    assert (report.completed, report.asked) == (len(submitted), 0)
