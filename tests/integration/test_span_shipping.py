"""Spans reach a receiver that takes them, and one that does not holds up no stop."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest

from core.ports import CallContext
from tests.integration.mesh import Mesh
from tests.otlp_receiver import otlp_receiver

CALLS = 100
_ONE_CALL = "mesh.tool.v1.ToolService/CallTool"
# OpenTelemetry tries a batch again until this has passed, and at a stop it waits for that.
_LONG_SECONDS = 60


@contextmanager
def dead() -> Iterator[str]:
    """Nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def mute() -> Iterator[str]:
    """Connections are taken, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def busy() -> Iterator[str]:
    """A receiver that refuses everything for now."""
    with otlp_receiver(refuses=grpc.StatusCode.UNAVAILABLE) as receiver:
        yield receiver.endpoint


@contextmanager
def nowhere() -> Iterator[str]:
    """A name that nothing has."""
    yield "http://collector.invalid:4317"


async def called(mesh: Mesh, calls: int) -> None:
    """Call a tool so many times, each of which is a span."""
    async with mesh.tools() as tools:
        for _ in range(calls):
            call = CallContext(str(uuid.uuid4()), "", str(uuid.uuid4()), deadline_seconds=30)
            await tools.call("calculator", {"expression": "6 * 7"}, call)


async def started(mesh: Mesh, endpoint: str) -> None:
    mesh.spawn(
        "tool",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_EXPORTER_OTLP_TIMEOUT=str(_LONG_SECONDS),
    )
    await mesh.healthy("tool")


@pytest.mark.parametrize("receiver", [dead, mute, busy, nowhere])
async def test_who_takes_no_spans_holds_up_no_stop(fresh_mesh: Mesh, receiver: object) -> None:
    with receiver() as endpoint:  # type: ignore[operator]
        await started(fresh_mesh, endpoint)
        await called(fresh_mesh, 3)
        began = time.monotonic()
        assert await fresh_mesh.stop("tool") == 0
    # Four seconds are enough; what is told apart here is a stop that waits for the receiver.
    assert time.monotonic() - began < _LONG_SECONDS / 4
    said = fresh_mesh.said("tool")
    assert "the last spans are lost" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("seconds", [0.0, 0.5], ids=["quick", "slow"])
async def test_a_receiver_that_takes_spans_gets_every_one(fresh_mesh: Mesh, seconds: float) -> None:
    with otlp_receiver(seconds) as receiver:
        await started(fresh_mesh, receiver.endpoint)
        await called(fresh_mesh, CALLS)
        assert await fresh_mesh.stop("tool") == 0
        assert receiver.names[_ONE_CALL] == CALLS
    assert "lost" not in fresh_mesh.said("tool")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-5"),
    ],
)
async def test_a_variable_of_opentelemetry_that_is_no_use_is_said_in_a_line(
    fresh_mesh: Mesh, variable: str, value: str
) -> None:
    fresh_mesh.spawn(
        "tool", **{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", variable: value}
    )
    assert await fresh_mesh.exited("tool") == 78
    said = fresh_mesh.said("tool")
    assert "Traceback" not in said
    assert said.strip().splitlines()[-1].startswith("tool: OpenTelemetry takes no spans: ")
    assert value in said or "schedule_delay" in said
