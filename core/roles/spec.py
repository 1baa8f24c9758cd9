"""What is declared of a role: the one place of each fact about it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.hops import RoleFunction

JsonSchema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Need:
    """What a role needs of a service that it calls.

    ``capabilities`` must all be announced. ``sandbox``: the service must have one to run code in;
    ``any_tool``: it must offer a tool, whichever.
    """

    capabilities: tuple[str, ...] = ()
    sandbox: bool = False
    any_tool: bool = False


def _nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role: what it does, what it needs, what it writes, and what a watcher sees of it.

    ``needs`` names the services that it calls. ``skilled`` roles work through a skill; the others
    do not depend on the model that is loaded. ``channels`` of the state that it writes and that a
    fork may edit have a JSON schema each. ``seen`` takes the state after a hop of the role, and
    returns the detail of the hop's event; the key ``left_out`` is the frame's.
    """

    name: str
    act: RoleFunction
    needs: Mapping[str, Need] = field(default_factory=dict)
    skilled: bool = False
    channels: Mapping[str, JsonSchema] = field(default_factory=dict)
    seen: Callable[[Mapping[str, Any]], dict[str, Any]] = _nothing


TEXT: JsonSchema = {"type": "string"}
LINE: JsonSchema = {"type": "integer", "minimum": 1, "maximum": 2**32 - 1}


def record(optional: Collection[str] = (), **properties: JsonSchema) -> JsonSchema:
    """Return the schema of an object with exactly these properties, ``optional`` ones or not."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
