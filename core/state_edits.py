"""What of a state may be edited when a task is forked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from core.errors import InvalidInput
from core.roles.router import ROUTER
from core.roles.spec import JsonSchema
from core.state import MAX_TEXT_BYTES
from core.workflows.workflows import Workflows


def editable(workflows: Workflows) -> dict[str, JsonSchema]:
    """Return the JSON schema of each channel that may be edited; the others are the frame's."""
    channels: dict[str, JsonSchema] = {
        "text": {"type": "string", "pattern": r"\S"},
        "requested_workflow": {"enum": ["", *workflows.names]},
        "collection": {"type": "string", "pattern": r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?\Z"},
        "workflow": {"enum": list(workflows.names)},
        "remaining_loops": {"type": "integer", "minimum": 0},
    }
    for role in workflows.roles:
        channels.update(role.channels)
    return channels


def check_edits(
    edits: Mapping[str, Any], last_role: str, max_review_cycles: int, workflows: Workflows
) -> None:
    """Refuse edits that a task could not go on with after ``last_role`` (empty: no hop yet).

    Raises: InvalidInput naming the channel, or the place in it, as ``edits.CHANNEL``.
    """
    channels = editable(workflows)
    for channel, value in edits.items():
        _check_value(channel, value, channels)
    if len(str(edits.get("text", "")).encode()) > MAX_TEXT_BYTES:
        raise InvalidInput(f"text is longer than {MAX_TEXT_BYTES} bytes: shorten it", "edits.text")
    if edits.get("remaining_loops", 0) > max_review_cycles:
        raise InvalidInput(
            f"remaining_loops is {edits['remaining_loops']}; at most {max_review_cycles} are "
            "allowed",
            "edits.remaining_loops",
        )
    _check_workflow(edits, last_role, workflows)


def _check_value(channel: str, value: Any, channels: Mapping[str, JsonSchema]) -> None:
    if channel not in channels:
        raise InvalidInput(
            f"{channel!r} cannot be edited; {', '.join(sorted(channels))} can", f"edits.{channel}"
        )
    wrong: ValidationError | None = best_match(
        Draft202012Validator(channels[channel]).iter_errors(value)
    )
    if wrong is not None:
        place = f"{channel}{wrong.json_path.removeprefix('$')}"
        raise InvalidInput(f"{place}: {wrong.message[:300]}", f"edits.{place}")


def _check_workflow(edits: Mapping[str, Any], last_role: str, workflows: Workflows) -> None:
    """Refuse a workflow that does not lead through the role that acted last."""
    if "requested_workflow" in edits and last_role:
        raise InvalidInput(
            "requested_workflow matters only before the first hop; edit workflow instead",
            "edits.requested_workflow",
        )
    if "workflow" not in edits:
        return
    if not last_role:
        raise InvalidInput(
            "no workflow is taken before the first hop; edit requested_workflow instead",
            "edits.workflow",
        )
    spec = workflows.named(edits["workflow"])
    if last_role not in {ROUTER, *(role.name for role in spec.roles)}:
        raise InvalidInput(
            f"the workflow {edits['workflow']} has no {last_role}, which acted last; fork from an "
            "earlier checkpoint",
            "edits.workflow",
        )
