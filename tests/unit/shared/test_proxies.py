"""What goes to the mesh and to this machine goes there directly, whatever proxy is set."""

from __future__ import annotations

import ast
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import grpc
import pytest
import trustme
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult

from cli.demo.free_ports import free_port_base
from shared.clients import is_serving, open_channel
from shared.observability.setup import _exporter
from shared.proxies import is_loopback
from shared.server import check_health
from shared.settings import CommonSettings
from tests.otlp_receiver import otlp_receiver
from tests.recording_proxy import (
    GRPC_VARIABLES,
    VARIABLES,
    RecordingProxy,
    leading_to,
    recording_proxy,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def proxy() -> Iterator[RecordingProxy]:
    with recording_proxy() as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[CommonSettings]:
    """The settings of a mesh whose agent answers its health check."""
    (tmp_path / "token").write_text("token", encoding="utf-8")
    chosen = CommonSettings(mesh_home=tmp_path, mesh_port_base=free_port_base())
    server = grpc.aio.server()
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(chosen.address_of("agent"))
    await server.start()
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    yield chosen
    await server.stop(None)


async def through_a_channel(settings: CommonSettings) -> bool:
    async with open_channel(settings.address_of("agent"), settings) as channel:
        return await is_serving(channel)


async def by_the_containers_check(settings: CommonSettings) -> bool:
    return await check_health._serves("agent")


@pytest.mark.parametrize("asked", [through_a_channel, by_the_containers_check])
@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("listens", [True, False], ids=["listening", "dead"])
async def test_services_are_reached_without_the_proxy(
    settings: CommonSettings,
    proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
    asked: Callable[[CommonSettings], Awaitable[bool]],
    variable: str,
    listens: bool,
) -> None:
    for name, value in leading_to(proxy.port if listens else _closed_port(), variable).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MESH_HOME", str(settings.mesh_home))
    monkeypatch.setenv("MESH_PORT_BASE", str(settings.mesh_port_base))
    assert await asked(settings)
    assert proxy.seen == []


async def test_so_they_are_by_tls(
    tmp_path: Path, proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "token").write_text("token", encoding="utf-8")
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    secure = CommonSettings(mesh_home=tmp_path, mesh_tls_ca_file=tmp_path / "ca.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with open_channel(f"127.0.0.1:{listening.getsockname()[1]}", secure) as channel:
            assert not await is_serving(channel)
    assert proxy.seen == []


@pytest.mark.parametrize("variable", GRPC_VARIABLES)
def test_spans_reach_an_endpoint_on_this_machine_without_the_proxy(
    proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name, value in proxy.environment(variable).items():
        monkeypatch.setenv(name, value)
    span = TracerProvider().get_tracer("test").start_span("one")
    span.end()
    with otlp_receiver() as receiver:
        exporter = _exporter(CommonSettings(otel_exporter_otlp_endpoint=receiver.endpoint))
        assert exporter.export([span]) is SpanExportResult.SUCCESS  # type: ignore[list-item]
        exporter.shutdown()
    assert receiver.names == {"one": 1}
    assert proxy.seen == []


def test_spans_go_elsewhere_by_the_proxy(
    proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in proxy.environment("grpc_proxy").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    settings = CommonSettings(otel_exporter_otlp_endpoint="http://collector.example:4317")
    exporter = _exporter(settings)
    assert exporter.export([]) is SpanExportResult.FAILURE
    exporter.shutdown()
    assert proxy.seen[0] == "CONNECT collector.example:4317 HTTP/1.1"


def test_every_channel_of_the_project_says_so() -> None:
    """No channel is opened anywhere without the option, in tests and benchmarks either."""
    opened = [
        (path.relative_to(ROOT), ast.unparse(call))
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".")
        for path in folder.rglob("*.py")
        if "pb" not in path.parts
        if "_channel(" in (source := path.read_text(encoding="utf-8"))
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("insecure_channel", "secure_channel")
    ]
    assert len(opened) > 5
    # `_OPTIONS` and `options` are lists that hold it: the tests above and their own files show it.
    known = ("NO_PROXY", "options=_OPTIONS", ", options)", "options=options")
    assert [each for each in opened if not any(word in each[1] for word in known)] == []


@pytest.mark.parametrize(
    "address",
    [
        "localhost",
        "LOCALHOST:4317",
        "http://localhost:8080/v1",
        "localhost.",
        "model.localhost:80",
        "127.0.0.1",
        "127.0.0.53:80",
        "127.1:80",
        "https://127.255.255.254/v1?x=1",
        "0.0.0.0:7400",
        "::1",
        "[::1]:7400",
        "http://[::ffff:127.0.0.1]:1/",
        "http://user@localhost/",
    ],
)
def test_this_machine_is_known(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "llm:7401",
        "example.org",
        "http://127.0.0.1.example.org/",
        "http://localhost.example.org/",
        "http://localhost@example.org/",
        "http://example.org/localhost",
        "notlocalhost",
        "10.0.0.1:80",
        "128.0.0.1",
        "[fe80::1]:80",
        "http://[::1",
    ],
)
def test_other_machines_are_not_taken_for_it(address: str) -> None:
    assert not is_loopback(address)


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
