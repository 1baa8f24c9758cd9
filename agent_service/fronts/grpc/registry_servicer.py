"""RegistryService: the registry over the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from agent_service.registry.service_registry import (
    HEARTBEAT_SECONDS,
    Health,
    ServiceEntry,
    ServiceRegistry,
)
from shared.pb.mesh.registry.v1 import registry_service_pb2 as pb
from shared.pb.mesh.registry.v1 import registry_service_pb2_grpc as pb_grpc
from shared.validation import require_enum, require_text

_HEALTH = {health: f"SERVICE_HEALTH_{health.name}" for health in Health}
_FROM_PROTO = {pb.ServiceHealth.Value(name): health for health, name in _HEALTH.items()}


class RegistryServicer(pb_grpc.RegistryServiceServicer):
    """Takes heartbeats and lists services."""

    def __init__(self, registry: ServiceRegistry) -> None:
        """Serve ``registry``."""
        self._registry = registry

    async def Heartbeat(
        self, request: pb.HeartbeatRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.HeartbeatResponse:
        """Keep what a service says of itself."""
        self._registry.heartbeat(_entry(request.service))
        return pb.HeartbeatResponse(interval_seconds=HEARTBEAT_SECONDS)

    async def ListServices(
        self, request: pb.ListServicesRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.ListServicesResponse:
        """Return the services, by name."""
        return pb.ListServicesResponse(
            services=[_record(entry) for entry in self._registry.entries()]
        )


def _entry(record: pb.ServiceRecord) -> ServiceEntry:
    require_text(record.name, "service.name", 64)
    require_text(record.instance_id, "service.instance_id", 128)
    require_text(record.address, "service.address", 256)
    require_enum(record.health, "service.health", list(_FROM_PROTO))
    return ServiceEntry(
        name=record.name,
        instance_id=record.instance_id,
        address=record.address,
        capabilities=tuple(record.capabilities),
        model=record.model,
        threads=record.threads,
        memory_bytes=record.memory_bytes,
        health=_FROM_PROTO[record.health],
        pid=record.pid,
    )


def _record(entry: ServiceEntry) -> pb.ServiceRecord:
    seen = Timestamp()
    seen.FromDatetime(datetime.fromtimestamp(entry.last_heartbeat, UTC))
    return pb.ServiceRecord(
        name=entry.name,
        instance_id=entry.instance_id,
        address=entry.address,
        capabilities=entry.capabilities,
        model=entry.model,
        threads=entry.threads,
        memory_bytes=entry.memory_bytes,
        health=_HEALTH[entry.health],
        pid=entry.pid,
        last_heartbeat_at=seen,
    )
