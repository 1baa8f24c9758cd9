"""What a tool is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from core.ports import ToolResult

Arguments = Mapping[str, Any]
Snapshot = Mapping[str, Any]


class Effect(Enum):
    """What a check says of an effect that a crash may have cut."""

    DONE = "done"
    NOT_DONE = "not done"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EffectCheck:
    """How a tool tells after a crash whether its effect happened.

    ``look`` records what there is before the effect; ``judge`` compares it with what there is
    now, and ``result`` is what the call would have returned.
    """

    look: Callable[[Arguments], Awaitable[Snapshot]]
    judge: Callable[[Arguments, Snapshot], Awaitable[Effect]]
    result: Callable[[Arguments], ToolResult]


@dataclass(frozen=True, slots=True)
class Tool:
    """A registered tool.

    ``parameters_schema`` is the JSON Schema of its arguments, an object. An ``idempotent`` tool
    may run again after a crash; another one needs a ``check``, or its outcome is unknown then. A
    tool that is not ``offered`` is no choice for a model or a person: the workflow calls it.
    """

    name: str
    description: str
    parameters_schema: Mapping[str, Any]
    run: Callable[[Arguments], Awaitable[ToolResult]]
    idempotent: bool
    check: EffectCheck | None = None
    offered: bool = True


def parameters(
    required: Mapping[str, Any], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the JSON Schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }
