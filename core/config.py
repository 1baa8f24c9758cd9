"""The workflow's own settings; services fill them from the environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkflowConfig:
    """Bounds and thresholds of the workflow.

    Defaults: a route needs 0.55 confidence, code is reviewed at most twice, eight passages are
    retrieved, a passage under a cosine of 0.05 counts as not found, one remote call may take
    120 seconds, a task calls at most eight tools.
    """

    router_confidence_threshold: float = 0.55
    max_review_cycles: int = 2
    retrieved_passages: int = 8
    minimum_passage_score: float = 0.05
    max_code_tokens: int = 768
    max_answer_tokens: int = 256
    call_deadline_seconds: float = 120.0
    max_tool_calls: int = 8
