"""What of a state may be edited when a task is forked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from core.errors import InvalidInput
from core.messages import Role
from core.routing import Route
from core.state import MAX_TEXT_BYTES

_TEXT = {"type": "string"}
_LINE = {"type": "integer", "minimum": 1}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


EDITABLE: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string", "pattern": r"\S"},
    "requested_route": {"enum": ["", *(route.value for route in Route)]},
    "collection": {"type": "string", "pattern": r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?\Z"},
    "route": {"enum": [route.value for route in Route]},
    "remaining_loops": {"type": "integer", "minimum": 0},
    "passages": {
        "type": "array",
        "items": _object(
            source=_TEXT, start_line=_LINE, end_line=_LINE, text=_TEXT, score={"type": "number"}
        ),
    },
    "code": _TEXT,
    "review": _object(
        approved={"type": "boolean"}, output=_TEXT, assertions={"type": "array", "items": _TEXT}
    ),
    "tool_result": _object(
        tool=_TEXT,
        arguments={"type": "object"},
        ok={"type": "boolean"},
        output=_TEXT,
        data={"type": "object"},
    ),
}
"""The JSON schema of each channel that may be edited; the others belong to the workflow."""

_ROLES_OF: Mapping[Route, frozenset[Role]] = {
    Route.ANSWER: frozenset({Role.ROUTER, Role.RESEARCHER, Role.RESPONDER}),
    Route.CODE: frozenset({Role.ROUTER, Role.RESEARCHER, Role.CODER, Role.REVIEWER}),
    Route.TOOL: frozenset({Role.ROUTER, Role.OPERATOR, Role.RESPONDER}),
    Route.DIRECT: frozenset({Role.ROUTER, Role.RESPONDER}),
}


def check_edits(edits: Mapping[str, Any], last_role: Role | None, max_review_cycles: int) -> None:
    """Refuse edits that the workflow could not go on with after ``last_role`` (None: no hop yet).

    Raises: InvalidInput naming the channel, or the place in it, as ``edits.CHANNEL``.
    """
    for channel, value in edits.items():
        _check_value(channel, value)
    if len(str(edits.get("text", "")).encode()) > MAX_TEXT_BYTES:
        raise InvalidInput(f"text is longer than {MAX_TEXT_BYTES} bytes: shorten it", "edits.text")
    if edits.get("remaining_loops", 0) > max_review_cycles:
        raise InvalidInput(
            f"remaining_loops is {edits['remaining_loops']}; at most {max_review_cycles} are "
            "allowed",
            "edits.remaining_loops",
        )
    _check_route(edits, last_role)


def _check_value(channel: str, value: Any) -> None:
    if channel not in EDITABLE:
        raise InvalidInput(
            f"{channel!r} cannot be edited; {', '.join(sorted(EDITABLE))} can", f"edits.{channel}"
        )
    wrong: ValidationError | None = best_match(
        Draft202012Validator(EDITABLE[channel]).iter_errors(value)
    )
    if wrong is not None:
        place = f"{channel}{wrong.json_path.removeprefix('$')}"
        raise InvalidInput(f"{place}: {wrong.message[:300]}", f"edits.{place}")


def _check_route(edits: Mapping[str, Any], last_role: Role | None) -> None:
    """Refuse a route that does not lead through the role that acted last."""
    if "requested_route" in edits and last_role is not None:
        raise InvalidInput(
            "requested_route matters only before the first hop; edit route instead",
            "edits.requested_route",
        )
    if "route" not in edits:
        return
    if last_role is None:
        raise InvalidInput(
            "no route is taken before the first hop; edit requested_route instead", "edits.route"
        )
    if last_role not in _ROLES_OF[Route(edits["route"])]:
        raise InvalidInput(
            f"the route {edits['route']} has no {last_role.value}, which acted last; fork from an "
            "earlier checkpoint",
            "edits.route",
        )
