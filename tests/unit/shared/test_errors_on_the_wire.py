"""Every error class keeps its class, message and field over gRPC."""

from __future__ import annotations

import grpc
import pytest

from core import errors
from core.errors import InvalidInput, MeshError
from shared.grpc_errors import RemoteError, from_rpc_error, to_status

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


def test_too_long_a_prompt_keeps_its_field() -> None:
    got = over_the_wire(errors.PromptTooLong("shorten it", "prompts[2]"))
    assert isinstance(got, errors.PromptTooLong)
    assert got.field == "prompts[2]"


def test_an_internal_error_without_details_is_taken_for_no_error_of_ours() -> None:
    plain = grpc.aio.AioRpcError(
        grpc.StatusCode.INTERNAL, grpc.aio.Metadata(), grpc.aio.Metadata(), details="broken"
    )
    assert type(from_rpc_error(plain)) is RemoteError


def test_no_two_classes_share_a_reason() -> None:
    with pytest.raises(TypeError, match="NOT_FOUND is taken"):
        type("Lost", (errors.NotFound,), {})
    assert errors.MeshError.by_reason["NOT_FOUND"] is errors.NotFound
