"""What travels with every call beside its message."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from core.ports import CallContext
from shared.validation import canonical_uuid

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What is known of the rpc that is being served."""

    correlation_id: str = ""
    task_id: str = ""
    call_id: str = ""
    hop_index: int = 0
    remaining_loops: int = 0
    deadline_seconds: float = 0.0


_current: ContextVar[CallMetadata] = ContextVar("mesh_call")


def current_call() -> CallMetadata:
    """Return what is known of the rpc that is being served."""
    return _current.get(CallMetadata())


def enter_call(metadata: CallMetadata) -> None:
    """Make ``metadata`` the current call of this context."""
    _current.set(metadata)


def to_metadata(context: CallContext) -> Metadata:
    """Return the metadata of a call."""
    return (
        ("mesh-correlation-id", context.correlation_id),
        ("mesh-task-id", context.task_id),
        ("mesh-call-id", context.call_id),
        ("mesh-hop-index", str(context.hop_index)),
        ("mesh-remaining-loops", str(context.remaining_loops)),
    )


def from_metadata(
    metadata: Iterable[tuple[str, str | bytes]], deadline_seconds: float
) -> CallMetadata:
    """Read the metadata of a call; what is missing or odd takes its default."""
    values = {key: value for key, value in metadata if isinstance(value, str)}
    return CallMetadata(
        correlation_id=_one_spelling(values.get("mesh-correlation-id", "")),
        task_id=_one_spelling(values.get("mesh-task-id", "")),
        call_id=values.get("mesh-call-id", ""),
        hop_index=_number(values.get("mesh-hop-index", "")),
        remaining_loops=_number(values.get("mesh-remaining-loops", "")),
        deadline_seconds=deadline_seconds,
    )


def _one_spelling(text: str) -> str:
    return canonical_uuid(text) or text


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
