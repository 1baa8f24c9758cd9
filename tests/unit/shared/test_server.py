"""The edge of every service: who is let in, what it tells of itself, and how often one may ping."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from cli.demo.free_ports import free_port_base
from core.errors import DeadlineExceeded
from shared.proxies import NO_PROXY
from shared.server import MeshServer, ServiceIdentity
from shared.server.interceptors import _abort
from shared.settings import CommonSettings

TOKEN = "Zq-8_token"
ANSWER = reflection_pb2.ServerReflectionResponse
ASK = reflection_pb2.ServerReflectionRequest
VERSIONS = ("v1", "v1alpha")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """A server without a service of its own; it has health and reflection."""
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    settings = CommonSettings(mesh_home=tmp_path, mesh_port_base=free_port_base())
    mesh = MeshServer(ServiceIdentity("agent"), settings)
    server = mesh._build()
    await server.start()
    await mesh.set_health(True)
    yield settings.address_of("agent")
    await server.stop(None)


async def reflected(
    address: str,
    *asked: reflection_pb2.ServerReflectionRequest,
    version: str = "v1alpha",
    metadata: tuple[tuple[str, str], ...] = (("authorization", f"Bearer {TOKEN}"),),
) -> list[reflection_pb2.ServerReflectionResponse]:
    """Call reflection as a client of ``version`` does, and return its answers."""
    async with grpc.aio.insecure_channel(address, options=NO_PROXY) as channel:
        method = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=ASK.SerializeToString,
            response_deserializer=ANSWER.FromString,
        )
        call = method(iter(asked), metadata=metadata, timeout=20)
        return [answer async for answer in call]


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {TOKEN}",
        f"bearer {TOKEN}",
        f"BEARER {TOKEN}",
        f"bEaReR {TOKEN}",
        f"Bearer   {TOKEN}",
        f"bearer  {TOKEN}  ",
    ],
)
async def test_the_scheme_is_taken_in_any_case(address: str, value: str) -> None:
    [answer] = await reflected(address, ASK(list_services=""), metadata=(("authorization", value),))
    assert answer.HasField("list_services_response")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "carries no token"),
        ("", "another scheme"),
        (TOKEN, "another scheme"),
        (f"Basic {TOKEN}", "another scheme"),
        (f"Bearer{TOKEN}", "another scheme"),
        (f"Bearer:{TOKEN}", "another scheme"),
        (f"Bearers {TOKEN}", "another scheme"),
        ("Bearer", "not the mesh's"),
        ("bearer ", "not the mesh's"),
        (f"Bearer {TOKEN}x", "not the mesh's"),
        (f"Bearer {TOKEN[:-1]}", "not the mesh's"),
        (f"bearer {TOKEN.upper()}", "not the mesh's"),
        (f"Bearer Bearer {TOKEN}", "not the mesh's"),
        (f"Bearer {TOKEN} {TOKEN}", "not the mesh's"),
    ],
)
async def test_whoever_is_refused_is_told_why(address: str, value: str | None, said: str) -> None:
    metadata = () if value is None else (("authorization", value),)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await reflected(address, ASK(list_services=""), metadata=metadata)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert said in (refused.value.details() or "")
    assert "authorization: Bearer TOKEN" in (refused.value.details() or "")
    assert TOKEN not in (refused.value.details() or "")


@pytest.mark.parametrize("version", VERSIONS)
async def test_reflection_answers_under_both_of_its_names(address: str, version: str) -> None:
    listed, unknown = await reflected(
        address, ASK(list_services=""), ASK(file_by_filename="no/such.proto"), version=version
    )
    names = [each.name for each in listed.list_services_response.service]
    assert names == sorted(
        [health.SERVICE_NAME, *(f"grpc.reflection.{each}.ServerReflection" for each in VERSIONS)]
    )
    assert unknown.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]


@pytest.mark.parametrize("version", VERSIONS)
async def test_whatever_is_listed_is_described(address: str, version: str) -> None:
    [listed] = await reflected(address, ASK(list_services=""), version=version)
    names = [each.name for each in listed.list_services_response.service]
    asked = [ASK(file_containing_symbol=name) for name in names]
    for name, answer in zip(names, await reflected(address, *asked, version=version), strict=True):
        files = [
            FileDescriptorProto.FromString(each)
            for each in answer.file_descriptor_response.file_descriptor_proto
        ]
        services = [f"{each.package}.{one.name}" for each in files for one in each.service]
        assert services == [name]
        known = {f".{each.package}.{one.name}" for each in files for one in each.message_type}
        for method in files[0].service[0].method:
            assert {method.input_type, method.output_type} <= known


@contextlib.asynccontextmanager
async def pinging(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel that pings far more often than clients do, which is every ten seconds or more."""
    options = [
        *NO_PROXY,
        ("grpc.keepalive_time_ms", 1_500),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
    ]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield channel


async def test_a_client_that_pings_keeps_a_watch_on_which_nothing_happens(address: str) -> None:
    async with pinging(address) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(watch.read(), 8)


async def test_a_client_that_pings_keeps_a_connection_without_a_call(address: str) -> None:
    async with pinging(address) as channel:
        await channel.channel_ready()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(channel.wait_for_state_change(grpc.ChannelConnectivity.READY), 8)


async def test_a_flood_of_pings_is_cut(address: str) -> None:
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    settings = struct.pack(">I", 0)[1:] + b"\x04\0\0\0\0\0"
    ping = struct.pack(">I", 8)[1:] + b"\x06\0\0\0\0\0" + b"12345678"
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + 50 * ping)
    async with asyncio.timeout(20):
        said = await reader.read()
    writer.close()
    assert b"too_many_pings" in said


class _Gone:
    """The context of a call whose client left while its error was on the way."""

    async def abort_with_status(self, status: object) -> None:
        raise grpc.aio.InternalError("Failed to execute the batch")


async def test_an_error_for_a_client_that_has_left_is_a_cancellation() -> None:
    """gRPC logs every other exception with its traceback, though nothing went wrong."""
    with pytest.raises(asyncio.CancelledError):
        await _abort(_Gone(), DeadlineExceeded())  # type: ignore[arg-type]
