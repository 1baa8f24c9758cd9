"""The client of RegistryService."""

from __future__ import annotations

import grpc

from shared import failpoints
from shared.clients.channel import unary
from shared.pb.mesh.registry.v1 import registry_service_pb2 as pb
from shared.pb.mesh.registry.v1.registry_service_pb2_grpc import RegistryServiceStub

_SECONDS = 5.0


class RegistryClient:
    """Sends heartbeats and lists services."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        """Call over ``channel``."""
        self._stub = RegistryServiceStub(channel)

    @failpoints.at_call("client.heartbeat")
    async def heartbeat(self, service: pb.ServiceRecord) -> None:
        """Announce a service."""
        await unary(self._stub.Heartbeat(pb.HeartbeatRequest(service=service), timeout=_SECONDS))
