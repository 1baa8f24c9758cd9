"""Every error class keeps its class, message and field over gRPC."""

from __future__ import annotations

import grpc
import pytest

from core import errors
from core.errors import InvalidInput, MeshError
from shared.grpc_errors import from_rpc_error, to_status

CLASSES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, MeshError) and kind is not MeshError
]


def over_the_wire(error: MeshError) -> MeshError:
    """Return what a client makes of ``error``."""
    status = to_status(error)
    return from_rpc_error(
        grpc.aio.AioRpcError(
            status.code,
            grpc.aio.Metadata(),
            grpc.aio.Metadata(*status.trailing_metadata),
            details=status.details,
        )
    )


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_error_stays_what_it_is(kind: type[MeshError]) -> None:
    got = over_the_wire(kind("what happened"))
    assert type(got) is kind
    assert str(got) == "what happened"
    assert got.retryable == kind.retryable


def test_the_field_of_bad_input_is_kept() -> None:
    got = over_the_wire(InvalidInput("text is empty", "text"))
    assert isinstance(got, InvalidInput)
    assert got.field == "text"


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    error = errors.LimitExceeded("wait")
    error.retry_after_seconds = 7.25
    assert over_the_wire(error).retry_after_seconds == 7.25


def test_a_status_without_details_is_read_by_its_code() -> None:
    plain = grpc.aio.AioRpcError(
        grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata(), grpc.aio.Metadata(), details="nobody"
    )
    assert isinstance(from_rpc_error(plain), errors.Unavailable)
    odd = grpc.aio.AioRpcError(
        grpc.StatusCode.UNIMPLEMENTED, grpc.aio.Metadata(), grpc.aio.Metadata(), details="what"
    )
    assert "UNIMPLEMENTED" in str(from_rpc_error(odd))
