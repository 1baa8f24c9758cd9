"""Signs of life: every service tells the agent's registry that it is there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import uuid
from dataclasses import dataclass

import psutil

from core.errors import MeshError
from shared.clients.channel import open_channel
from shared.clients.registry import RegistryClient
from shared.pb.mesh.registry.v1 import registry_service_pb2 as pb
from shared.settings import CommonSettings

_INTERVAL_SECONDS = 2.0
_RETRY_SECONDS = 0.3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """What a service says of itself."""

    name: str
    capabilities: tuple[str, ...] = ()
    model: str = ""
    threads: int = 0


async def send_heartbeats(
    identity: ServiceIdentity,
    settings: CommonSettings,
    draining: asyncio.Event,
    told: asyncio.Event,
) -> None:
    """Send a heartbeat every two seconds until cancelled; an agent that is away is no failure.

    Once ``draining`` is set the service says so, at once, so that no new task counts on it;
    ``told`` is set when it has, or could not.
    """
    instance = uuid.uuid4().hex
    process = psutil.Process()
    reachable: bool | None = None
    async with open_channel(settings.address_of("agent"), settings) as channel:
        client = RegistryClient(channel)
        while True:
            record = _record(identity, settings, instance, process.memory_info().rss)
            drains = draining.is_set()
            if drains:
                record.health = pb.SERVICE_HEALTH_DRAINING
            try:
                await client.heartbeat(record)
                now = True
            except MeshError as error:
                now = False
                if reachable is not False:
                    _log.warning("the registry does not answer: %s", error)
            if now and reachable is False:
                _log.info("the registry answers again")
            reachable = now
            if drains:
                told.set()
            await _pause(_INTERVAL_SECONDS if now else _RETRY_SECONDS, draining)


async def _pause(seconds: float, draining: asyncio.Event) -> None:
    """Sleep; wake early when the draining begins."""
    if draining.is_set():
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(draining.wait(), seconds)


def _record(
    identity: ServiceIdentity, settings: CommonSettings, instance: str, memory_bytes: int
) -> pb.ServiceRecord:
    return pb.ServiceRecord(
        name=identity.name,
        instance_id=instance,
        address=settings.address_of(identity.name),
        capabilities=identity.capabilities,
        model=identity.model,
        threads=identity.threads,
        memory_bytes=memory_bytes,
        health=pb.SERVICE_HEALTH_SERVING,
        pid=os.getpid(),
    )
