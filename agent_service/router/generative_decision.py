"""From what the generative model wrote to a decision; what it did not write well is a failure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent_service.router.label_tokens import LabelScores
from agent_service.router.router_model import Completion
from core.routing import FALLBACK, RouteDecision
from core.workflows import BUILT_IN, Workflows

# Below this share of all probability the model, left free, would more likely than not have
# written something that is no workflow: which of them it then leans to means nothing.
MINIMUM_MASS = 0.5
_MAX_SHOWN = 60


def decision_of(completion: Completion, workflows: Workflows = BUILT_IN) -> RouteDecision:
    """Return the decision about workflows, with the probability of its tokens as confidence."""
    answer = _parse(completion.text, workflows.names)
    if isinstance(answer, str):
        return failed_decision(answer, completion.label, workflows)
    label = completion.label
    if label is None:
        return failed_decision("the model's answer names no workflow", None, workflows)
    if label.mass < MINIMUM_MASS:
        return failed_decision(
            f"the model was about to write no workflow: they have {label.mass:.0%} of its "
            "probability",
            label,
            workflows,
        )
    decision, fallback = answer
    return RouteDecision(
        decision=decision,
        confidence=label.scores[decision],
        fallback=fallback if fallback != decision else _second(label.scores, decision),
        scores=dict(label.scores),
    )


def failed_decision(
    failure: str, label: LabelScores | None = None, workflows: Workflows = BUILT_IN
) -> RouteDecision:
    """Return a decision without confidence that the policy turns into ``direct``.

    ``direct`` touches nothing. Its scores are what was measured, else the same for every workflow.
    """
    scores = label.scores if label else dict.fromkeys(workflows.names, 1 / len(workflows.names))
    decision = max(scores, key=lambda name: scores[name]) if label else FALLBACK
    return RouteDecision(decision, 0.0, FALLBACK, dict(scores), failure)


def _parse(text: str, names: Sequence[str]) -> tuple[str, str] | str:
    """Return decision and fallback, or what is wrong with the text."""
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return f"the model's answer is no JSON: {shown!r}"
    if not isinstance(value, dict) or set(value) != {"decision", "fallback"}:
        return f"the model's answer is no decision: {shown!r}"
    if value["decision"] not in names or value["fallback"] not in names:
        return f"the model's answer names no workflow: {shown!r}"
    return value["decision"], value["fallback"]


def _second(scores: Mapping[str, float], first: str) -> str:
    return max((name for name in scores if name != first), key=lambda name: scores[name])
