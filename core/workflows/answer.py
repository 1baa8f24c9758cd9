"""answer: retrieve passages, then respond with citations."""

from __future__ import annotations

from core.roles.researcher import RESEARCHER
from core.roles.responder import RESPONDER
from core.workflows.spec import WorkflowSpec

ANSWER = WorkflowSpec(
    name="answer",
    version=1,
    description="a question that ingested documents answer, about any subject",
    roles=(RESEARCHER, RESPONDER),
)
