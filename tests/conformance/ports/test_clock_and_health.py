"""What `core.ports.Clock` and `core.ports.ServiceHealth` promise, held by fakes and real ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent_service.clock import SystemClock
from agent_service.registry.service_registry import Health, ServiceEntry, ServiceRegistry
from core.ports import Clock, ServiceHealth
from core.workflows import BUILT_IN
from shared.testing import FakeClock, FakeHealth


@pytest.mark.parametrize("clock", [SystemClock(), FakeClock()], ids=["system", "fake"])
def test_the_time_is_iso_8601_in_utc_with_microseconds(clock: Clock) -> None:
    said = clock.now_iso()
    read = datetime.fromisoformat(said)
    assert read.utcoffset() == timedelta(0)
    assert read.isoformat(timespec="microseconds") == said
    assert clock.now_iso() >= said


def test_a_fake_clock_goes_as_it_is_moved() -> None:
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.move(1.5)
    assert clock.now_iso() == "2026-01-01T00:00:01.500000+00:00"
    clock.move(-2.5)
    assert clock.now_iso() == "2025-12-31T23:59:59.000000+00:00"


def registry(health: Health) -> ServiceRegistry:
    """Return a registry that has heard of the LLM service."""
    found = ServiceRegistry(lambda: 0.0, lambda: 0.0)
    found.heartbeat(ServiceEntry("llm", "i", "a:1", ("generate",), "", 1, 1, health, 1))
    return found


@pytest.mark.parametrize(
    "health", [registry(Health.SERVING), FakeHealth()], ids=["registry", "fake"]
)
async def test_nothing_is_closed_while_all_is_well(health: ServiceHealth) -> None:
    assert await health.unavailable_workflows() == {}


@pytest.mark.parametrize(
    "health",
    [registry(Health.DRAINING), FakeHealth({"code": "llm is draining"})],
    ids=["registry", "fake"],
)
async def test_a_closed_workflow_has_a_reason(health: ServiceHealth) -> None:
    closed = await health.unavailable_workflows()
    assert set(closed) <= set(BUILT_IN.names)
    assert closed["code"] == "llm is draining"
