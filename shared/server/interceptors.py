"""What happens around every rpc: span, errors, token, deadline and limit, in this order."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import inspect
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.errors import (
    DeadlineExceeded,
    InvalidInput,
    LimitExceeded,
    MeshError,
    Unauthenticated,
)
from core.json_text import MAX_DEPTH
from shared.call_metadata import enter_call, from_metadata
from shared.grpc_errors import to_status

_log = logging.getLogger(__name__)
_WANTED = "send the metadata `authorization: Bearer TOKEN`, with the token of MESH_HOME/token"
_HEALTH = "/grpc.health.v1.Health/"
_FREE_MESSAGES = tuple(f"google.protobuf.{name}" for name in ("Struct", "Value", "ListValue"))
_MAX_UNARY_SECONDS = 600.0
_MAX_STREAM_SECONDS = 3600.0

Context = grpc.aio.ServicerContext[Any, Any]


class InternalError(MeshError):
    """Something unexpected happened; the log has it under the id."""


class MeshInterceptor(grpc.aio.ServerInterceptor):
    """Frames every handler but those of the health service."""

    def __init__(self, token: str, max_concurrent: int) -> None:
        """Want ``token`` of every call; serve at most ``max_concurrent`` at once."""
        self._token = token.encode()
        self._places = max_concurrent

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler of a call."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or method.startswith(_HEALTH):
            return handler
        return self._wrap(handler, method)

    def _wrap(self, handler: Any, method: str) -> Any:
        options = {
            "request_deserializer": _lenient(handler.request_deserializer),
            "response_serializer": handler.response_serializer,
        }
        if handler.unary_unary:
            unary = self._unary(handler.unary_unary, method)
            return grpc.unary_unary_rpc_method_handler(unary, **options)
        if handler.unary_stream:
            stream = self._stream(handler.unary_stream, method)
            return grpc.unary_stream_rpc_method_handler(stream, **options)
        if handler.stream_unary:
            unary = self._unary(handler.stream_unary, method)
            return grpc.stream_unary_rpc_method_handler(unary, **options)
        stream = self._stream(handler.stream_stream, method)
        return grpc.stream_stream_rpc_method_handler(stream, **options)

    def _unary(self, behavior: Callable[..., Awaitable[Any]], method: str) -> Any:
        async def unary(request: Any, context: Context) -> Any:
            async with self._frame(method, context, _MAX_UNARY_SECONDS):
                _check_read(request)
                return await behavior(request, context)

        return unary

    def _stream(self, behavior: Callable[..., Any], method: str) -> Any:
        # A generator would be left open when the call is cut while gRPC sends what it yielded, and
        # closed later in another task, where neither the span nor the deadline can be ended.
        async def stream(request: Any, context: Context) -> None:
            async with self._frame(method, context, _MAX_STREAM_SECONDS):
                _check_read(request)
                produced = behavior(request, context)
                if inspect.isawaitable(produced):
                    await produced
                    return
                async with contextlib.aclosing(produced) as responses:
                    async for response in responses:
                        await context.write(response)

        return stream

    @contextlib.asynccontextmanager
    async def _frame(
        self, method: str, context: Context, max_seconds: float
    ) -> AsyncIterator[None]:
        metadata = tuple(context.invocation_metadata() or ())
        parent = TraceContextTextMapPropagator().extract(dict(metadata))
        tracer = trace.get_tracer("agent_mesh")
        attributes = {"rpc.system.name": "grpc", "rpc.method": method.lstrip("/")}
        with tracer.start_as_current_span(
            method.lstrip("/"),
            context=parent,
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                self._check_token(metadata)
                remaining = _deadline(context, max_seconds)
                enter_call(from_metadata(metadata, remaining))
                async with self._place(), asyncio.timeout(remaining):
                    yield
                span.set_attribute("rpc.response.status_code", "OK")
            except BaseException as error:
                known = _known(error)
                code = known.code if known else "CANCELLED"
                span.set_attribute("rpc.response.status_code", code)
                span.set_status(Status(StatusCode.ERROR, code))
                if known is None:
                    raise
                await _abort(context, known)

    def _check_token(self, metadata: tuple[tuple[str, str | bytes], ...]) -> None:
        given = next((value for key, value in metadata if key == "authorization"), None)
        if given is None:
            raise Unauthenticated(f"the call carries no token: {_WANTED}")
        sent = given.encode() if isinstance(given, str) else given
        # RFC 9110: the scheme in any case, then one or more spaces.
        scheme, _, credentials = sent.strip(b" ").partition(b" ")
        if scheme.lower() != b"bearer":
            raise Unauthenticated(f"the call's authorization has another scheme: {_WANTED}")
        if not hmac.compare_digest(credentials.strip(b" "), self._token):
            raise Unauthenticated(f"the call's token is not the mesh's: {_WANTED}")

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        if self._places <= 0:
            raise LimitExceeded("too many calls at once: make fewer, or ask again in a moment")
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1


async def _abort(context: Context, error: MeshError) -> None:
    """End the call with an error; one whose client has left meanwhile is cancelled."""
    try:
        await context.abort_with_status(to_status(error))
    except grpc.aio.InternalError as gone:
        raise asyncio.CancelledError from gone


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """What stands for a request whose bytes are no message; ``field`` may hold free JSON."""

    field: str


def _lenient(deserializer: Any) -> Any:
    """Return a deserializer that hands on what it cannot read: gRPC would answer UNKNOWN."""

    def read(data: bytes) -> Any:
        try:
            return deserializer(data)
        except DecodeError:
            return _Unreadable(_free_field(deserializer))

    return read


def _free_field(deserializer: Any) -> str:
    """Return the field of a request that may hold any JSON; empty without one."""
    descriptor = getattr(getattr(deserializer, "__self__", None), "DESCRIPTOR", None)
    fields = descriptor.fields if descriptor is not None else ()
    free = [each.name for each in fields if each.message_type and _is_free(each.message_type)]
    return str(free[0]) if free else ""


def _is_free(message_type: Any) -> bool:
    return str(message_type.full_name) in _FREE_MESSAGES


def _check_read(request: Any) -> None:
    """Raises: InvalidInput for a request that could not be read."""
    if not isinstance(request, _Unreadable):
        return
    if request.field:
        raise InvalidInput(
            f"{request.field} is nested too deeply (at most {MAX_DEPTH} levels), or the request is "
            "no message of this rpc",
            request.field,
        )
    raise InvalidInput("the request is no message of this rpc")


def _deadline(context: Context, max_seconds: float) -> float:
    remaining = context.time_remaining()
    if remaining is None:
        return max_seconds
    if remaining <= 0:
        raise DeadlineExceeded("the deadline had passed before the call was read")
    return float(min(remaining, max_seconds))


def _known(error: BaseException) -> MeshError | None:
    """Return the error to answer with; None for what gRPC handles itself."""
    if isinstance(error, MeshError):
        return error
    if isinstance(error, TimeoutError):
        return DeadlineExceeded("the deadline passed before the work was done")
    if not isinstance(error, Exception) or isinstance(error, grpc.aio.AbortError):
        return None
    opaque = uuid.uuid4().hex
    _log.error("unexpected error %s", opaque, exc_info=error)
    return InternalError(f"an unexpected error happened; the log has it as {opaque}")
