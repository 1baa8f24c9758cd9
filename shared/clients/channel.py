"""The channel to a service: token, trace context, limits, retries of calls that may repeat."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.errors import StartupError
from shared.grpc_errors import from_rpc_error
from shared.proxies import NO_PROXY
from shared.settings import CommonSettings

_HEALTH_SECONDS = 2.0
_MAX_MESSAGE_BYTES = 16 * 1024 * 1024
# Every rpc is idempotent by its id, so a call that found nobody may be made again.
_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
_OPTIONS = [
    *NO_PROXY,
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
]


class _Headers:
    """The token and the trace context, added to the metadata of a call."""

    def __init__(self, token: str) -> None:
        self._token = token

    def extend(self, details: Any) -> Any:
        """Return ``details`` with the headers in its metadata."""
        carrier: dict[str, str] = {"authorization": f"Bearer {self._token}"}
        TraceContextTextMapPropagator().inject(carrier)
        metadata = grpc.aio.Metadata(*(details.metadata or ()), *carrier.items())
        return grpc.aio.ClientCallDetails(
            details.method,
            details.timeout,
            metadata,
            details.credentials,
            details.wait_for_ready,
        )


# Two classes: grpc.aio takes an interceptor for the first kind of call that its type names only.
class _UnaryHeaders(grpc.aio.UnaryUnaryClientInterceptor):
    """Adds the headers to unary calls."""

    def __init__(self, headers: _Headers) -> None:
        self._headers = headers

    async def intercept_unary_unary(
        self, continuation: Callable[..., Awaitable[Any]], details: Any, request: Any
    ) -> Any:
        return await continuation(self._headers.extend(details), request)


class _StreamHeaders(grpc.aio.UnaryStreamClientInterceptor):
    """Adds the headers to calls that stream."""

    def __init__(self, headers: _Headers) -> None:
        self._headers = headers

    async def intercept_unary_stream(
        self, continuation: Callable[..., Awaitable[Any]], details: Any, request: Any
    ) -> Any:
        return await continuation(self._headers.extend(details), request)


@asynccontextmanager
async def open_channel(address: str, settings: CommonSettings) -> AsyncIterator[grpc.aio.Channel]:
    """Open a channel to ``address``. Raises: StartupError (no token, unreadable certificate)."""
    headers = _Headers(settings.read_token())
    interceptors = [_UnaryHeaders(headers), _StreamHeaders(headers)]
    ca_file = settings.mesh_tls_ca_file
    if ca_file is None:
        channel = grpc.aio.insecure_channel(address, options=_OPTIONS, interceptors=interceptors)
    else:
        try:
            credentials = grpc.ssl_channel_credentials(ca_file.read_bytes())
        except OSError as error:
            raise StartupError(f"cannot read MESH_TLS_CA_FILE: {error}") from error
        channel = grpc.aio.secure_channel(
            address, credentials, options=_OPTIONS, interceptors=interceptors
        )
    async with channel:
        yield channel


async def unary(call: Awaitable[Any]) -> Any:
    """Await a unary call. Raises: the class of core/errors.py that the service raised."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


async def streamed(call: Any) -> AsyncGenerator[Any, None]:
    """Yield the responses of a streaming call. Raises: as `unary`."""
    try:
        async for response in call:
            yield response
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    finally:
        call.cancel()


async def is_serving(channel: grpc.aio.Channel) -> bool:
    """Say whether the service behind ``channel`` answers its health check with SERVING."""
    stub = health_pb2_grpc.HealthStub(channel)
    try:
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_HEALTH_SECONDS)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
