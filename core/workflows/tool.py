"""tool: operate a tool, then respond."""

from __future__ import annotations

from core.roles.operator import OPERATOR
from core.roles.responder import RESPONDER
from core.workflows.spec import WorkflowSpec

TOOL = WorkflowSpec(
    name="tool",
    version=1,
    description=(
        "asks for a calculation, the time or date, or an action on files (read, show, list, "
        "search, write, append), or to run tests or given code"
    ),
    roles=(OPERATOR, RESPONDER),
)
