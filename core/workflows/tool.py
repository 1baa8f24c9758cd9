"""tool: work with tools, a call a hop, as long as the operator has more to do; then respond."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.config import WorkflowConfig
from core.roles.operator import OPERATOR
from core.roles.responder import RESPONDER
from core.workflows.spec import WorkflowSpec


def _after_step(values: Mapping[str, Any]) -> str:
    return OPERATOR.name if values.get("calls_more") else RESPONDER.name


def _further_steps(config: WorkflowConfig) -> int:
    """Return the hops after the first call: the other calls, and the answer."""
    return config.max_tool_calls


TOOL = WorkflowSpec(
    name="tool",
    version=1,
    description=(
        "asks for a calculation, the time or date, or an action on files (read, show, list, "
        "search, write, append), or to run tests or given code"
    ),
    roles=(OPERATOR, RESPONDER),
    turns={OPERATOR.name: _after_step},
    more_hops=_further_steps,
)
