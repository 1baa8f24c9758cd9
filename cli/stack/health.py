"""Asks services for their health."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from shared.clients import open_channel
from shared.settings import CommonSettings

_SECONDS = 2.0


async def healthy(service: str, settings: CommonSettings) -> bool:
    """Say whether a service answers its health check with SERVING."""
    async with open_channel(settings.address_of(service), settings) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def health_of(services: Iterable[str], settings: CommonSettings) -> dict[str, bool]:
    """Return the health of several services, asked at once."""
    names = list(services)
    answers = await asyncio.gather(*(healthy(name, settings) for name in names))
    return dict(zip(names, answers, strict=True))
