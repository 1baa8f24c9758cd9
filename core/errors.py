"""The errors of the mesh: one root, with code, reason and retryability on the class."""

from __future__ import annotations

from typing import ClassVar


class MeshError(Exception):
    """Something in the mesh went wrong.

    ``code`` is the name of the gRPC status that the edge answers with, ``reason`` the stable
    machine-readable word for ``google.rpc.ErrorInfo``, ``retryable`` whether the same call may
    succeed later without a change.
    """

    code: ClassVar[str] = "INTERNAL"
    reason: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False
    retry_after_seconds: float | None = None
    """When whoever refused wants to be asked again; None: it did not say."""
    by_reason: ClassVar[dict[str, type[MeshError]]] = {}
    """Every class of errors by its reason, whichever module declares it."""

    def __init_subclass__(cls) -> None:
        """Enter the class by its reason. Raises: TypeError (another one has the reason)."""
        super().__init_subclass__()
        if MeshError.by_reason.setdefault(cls.reason, cls) is not cls:
            raise TypeError(f"{cls.__name__} needs a reason of its own: {cls.reason} is taken")

    def __init__(self, message: str | None = None) -> None:
        """Use ``message``, or the first line of the class's docstring when there is none."""
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class InvalidInput(MeshError):
    """The request holds a value that is not allowed."""

    code = "INVALID_ARGUMENT"
    reason = "INVALID_INPUT"

    def __init__(self, message: str, field: str = "") -> None:
        """Name the offending ``field`` (dotted proto path) when one is known."""
        super().__init__(message)
        self.field = field


class PromptTooLong(InvalidInput):
    """What is asked is longer than the model's context."""

    reason = "PROMPT_TOO_LONG"

    def __init__(self, message: str, field: str = "messages") -> None:
        """Name what is too long; ``message`` says what to do."""
        super().__init__(message, field)


class NotFound(MeshError):
    """What was asked for does not exist."""

    code = "NOT_FOUND"
    reason = "NOT_FOUND"


class IdentifierReused(MeshError):
    """The id was used before for a request with other content."""

    code = "ALREADY_EXISTS"
    reason = "IDENTIFIER_REUSED"


class WrongState(MeshError):
    """The operation does not fit the present state."""

    code = "FAILED_PRECONDITION"
    reason = "WRONG_STATE"


class LimitExceeded(MeshError):
    """A queue or a size limit is reached."""

    code = "RESOURCE_EXHAUSTED"
    reason = "LIMIT_EXCEEDED"
    retryable = True


class QuotaExhausted(MeshError):
    """What was paid for is used up; more time does not bring it back."""

    code = "RESOURCE_EXHAUSTED"
    reason = "QUOTA_EXHAUSTED"


class StorageUnwritable(MeshError):
    """The disk is full or read-only: nothing new can be made durable for now."""

    code = "RESOURCE_EXHAUSTED"
    reason = "STORAGE_UNWRITABLE"
    retryable = True


class Unauthenticated(MeshError):
    """The call carries no valid token."""

    code = "UNAUTHENTICATED"
    reason = "UNAUTHENTICATED"


class PermissionDenied(MeshError):
    """A server that does part of the work refuses the key that it was given."""

    code = "PERMISSION_DENIED"
    reason = "PERMISSION_DENIED"


class OutputMismatch(MeshError):
    """What the model wrote does not fit the JSON schema that it was asked to fit."""

    code = "INTERNAL"
    reason = "OUTPUT_MISMATCH"


class DeadlineExceeded(MeshError):
    """The deadline passed before the work was done."""

    code = "DEADLINE_EXCEEDED"
    reason = "DEADLINE_EXCEEDED"


class Unavailable(MeshError):
    """A service that is needed cannot be reached, is draining, or its breaker is open."""

    code = "UNAVAILABLE"
    reason = "UNAVAILABLE"
    retryable = True


class OutcomeUnknown(MeshError):
    """A crash cut the call and nobody knows whether its effect happened."""

    code = "FAILED_PRECONDITION"
    reason = "OUTCOME_UNKNOWN"


class SandboxUnavailable(MeshError):
    """No sandbox can be had on this machine, so code is not executed."""

    code = "FAILED_PRECONDITION"
    reason = "SANDBOX_UNAVAILABLE"


class DataLoss(MeshError):
    """A database is damaged."""

    code = "DATA_LOSS"
    reason = "DATA_LOSS"


class Cancelled(MeshError):
    """The work was cancelled."""

    code = "CANCELLED"
    reason = "CANCELLED"


class StartupError(MeshError):
    """The service cannot start; the message is one line that says what to do."""

    code = "FAILED_PRECONDITION"
    reason = "STARTUP"
