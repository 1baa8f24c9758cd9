"""Errors on the wire: classes of core/errors.py to google.rpc.Status, and back."""

from __future__ import annotations

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from core.errors import (
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    IdentifierReused,
    InvalidInput,
    LimitExceeded,
    MeshError,
    NotFound,
    PermissionDenied,
    Unauthenticated,
    Unavailable,
    WrongState,
)

DOMAIN = "agent-mesh"
_RETRY_AFTER_SECONDS = 1.0
_MAX_RETRY_AFTER = 86_400.0
_DETAILS_KEY = "grpc-status-details-bin"
# What an error without a reason is taken for: gRPC itself made it, or another server.
_BY_CODE: Mapping[str, type[MeshError]] = {
    kind.code: kind
    for kind in (
        *(InvalidInput, NotFound, IdentifierReused, WrongState, LimitExceeded),
        *(Unauthenticated, PermissionDenied, DeadlineExceeded, Unavailable, DataLoss, Cancelled),
    )
}


class RemoteError(MeshError):
    """A service answered with an error that has no class of its own."""

    code = "INTERNAL"
    reason = "REMOTE_ERROR"


class MessageTooLarge(MeshError):
    """A message is larger than gRPC passes on."""

    code = "RESOURCE_EXHAUSTED"
    reason = "MESSAGE_TOO_LARGE"


def to_status(error: MeshError) -> grpc.Status:
    """Return the rich status of an error."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)
    details = [_pack(info)]
    if isinstance(error, InvalidInput) and error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=error.field, description=str(error)
        )
        details.append(_pack(error_details_pb2.BadRequest(field_violations=[violation])))
    if error.retryable:
        retry = error_details_pb2.RetryInfo()
        asked = error.retry_after_seconds
        retry.retry_delay.FromMilliseconds(
            round(1000 * (_RETRY_AFTER_SECONDS if asked is None else min(asked, _MAX_RETRY_AFTER)))
        )
        details.append(_pack(retry))
    code = code_pb2.Code.Value(error.code)
    rich = status_pb2.Status(code=code, message=str(error), details=details)
    status: grpc.Status = rpc_status.to_status(rich)
    return status


def from_rpc_error(error: grpc.aio.AioRpcError) -> MeshError:
    """Return the class that the service raised: by the reason, else by the code."""
    message = error.details() or error.code().name
    reason, field, retry_after = _read_details(error)
    known = MeshError.by_reason.get(reason)
    if known is not None:
        found = known(message, field) if issubclass(known, InvalidInput) else known(message)
        found.retry_after_seconds = retry_after
        return found
    code = error.code().name
    if not reason and " larger than max " in message:
        # What gRPC itself says of a message; the same one again would be as large.
        return MessageTooLarge(f"{message}: a message has room for 16 MiB, so send or ask for less")
    kind = _BY_CODE.get(code)
    return kind(message) if kind else RemoteError(f"{code}: {message}")


def _read_details(error: grpc.aio.AioRpcError) -> tuple[str, str, float | None]:
    reason = field = ""
    retry_after: float | None = None
    for key, value in error.trailing_metadata() or ():
        if key != _DETAILS_KEY:
            continue
        for detail in status_pb2.Status.FromString(value).details:
            info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                reason = info.reason
            elif detail.Unpack(bad) and bad.field_violations:
                field = bad.field_violations[0].field
            elif detail.Unpack(retry):
                retry_after = retry.retry_delay.ToMilliseconds() / 1000
    return reason, field, retry_after


def _pack(message: Message) -> Any:
    packed = Any()
    packed.Pack(message)
    return packed
