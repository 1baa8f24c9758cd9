"""direct: respond, and touch nothing."""

from __future__ import annotations

from core.roles.responder import RESPONDER
from core.workflows.spec import WorkflowSpec

DIRECT = WorkflowSpec(
    name="direct",
    version=1,
    description=(
        "greetings, thanks, small talk, creative or rewriting requests that need none of these"
    ),
    roles=(RESPONDER,),
)
