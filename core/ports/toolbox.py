"""The tools and the ledger of their calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.ports.call_context import CallContext
from core.ports.question import EffectAnswer


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A registered tool; ``parameters_schema`` is a JSON Schema object."""

    name: str
    description: str
    parameters_schema: Mapping[str, Any]
    idempotent: bool


@dataclass(frozen=True, slots=True)
class ToolResult:
    """How a tool call ended. ``ok`` is False when the tool itself reports a failure.

    ``output`` is text for a reader; ``data`` holds the structured result (may be empty).
    ``replayed`` is True when the ledger gave back the recorded result of an earlier call.
    """

    ok: bool
    output: str
    data: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False


class Toolbox(Protocol):
    """Lists and calls tools. Calls are keyed by ``context.call_id`` in a ledger."""

    async def list_tools(self) -> list[ToolDescription]:
        """Return the tools that are offered, by name. Raises: Unavailable."""
        ...

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Call a tool once; the same call id gives the recorded result back.

        A call goes on when its caller has left. Raises: NotFound, InvalidInput, IdentifierReused
        (another request under the call id), Unavailable, DeadlineExceeded, Cancelled,
        OutcomeUnknown, SandboxUnavailable.
        """
        ...

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Tell the ledger how a call ended whose outcome nobody knew; again changes nothing.

        Raises: NotFound, Unavailable.
        """
        ...

    async def cancel_calls(self, task_id: str) -> None:
        """Stop every running call of a task; nobody knows what these did. Raises: Unavailable."""
        ...
