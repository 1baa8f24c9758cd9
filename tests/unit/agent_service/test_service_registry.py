"""Which services count as lost, and which routes that closes."""

from __future__ import annotations

from dataclasses import dataclass

from agent_service.registry.service_registry import Health, ServiceEntry, ServiceRegistry
from core.workflows import BUILT_IN

_CAPABILITIES = {"llm": ("generate",), "tool": ("check_python",), "chroma": ("query",)}


@dataclass
class Clocks:
    """A wall clock and a monotonic one, moved by the test."""

    wall: float = 1_000_000.0
    monotonic: float = 50.0


def registry_with(clocks: Clocks, *names: str) -> ServiceRegistry:
    registry = ServiceRegistry(lambda: clocks.wall, lambda: clocks.monotonic)
    for name in names:
        can = _CAPABILITIES[name]
        registry.heartbeat(ServiceEntry(name, "i", "a:1", can, "", 1, 1, Health.SERVING, 1))
    return registry


async def test_a_service_without_heartbeats_is_lost_and_closes_its_routes() -> None:
    clocks = Clocks()
    registry = registry_with(clocks, "llm", "tool")
    clocks.monotonic += 5.9
    assert not await registry.unavailable_workflows()
    clocks.monotonic += 0.2
    assert [entry.health for entry in registry.entries()] == [Health.LOST, Health.LOST]
    closed = await registry.unavailable_workflows()
    assert set(closed) == set(BUILT_IN.names)
    assert closed["tool"] == "llm is lost, tool is lost"


async def test_a_jump_of_the_wall_clock_loses_nobody() -> None:
    clocks = Clocks()
    registry = registry_with(clocks, "llm", "tool", "chroma")
    for jump in (3600.0, -7200.0):
        clocks.wall += jump
        assert not await registry.unavailable_workflows()
    assert registry.entries()[0].last_heartbeat == 1_000_000.0
