"""From what the generative model wrote to a decision; what it did not write well is a failure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent_service.router.label_tokens import LabelScores
from agent_service.router.router_model import Completion
from core.routing import Route, RouteDecision

# Below this share of all probability the model, left free, would more likely than not have
# written something that is no route: which of the four it then leans to means nothing.
MINIMUM_MASS = 0.5
_MAX_SHOWN = 60


def decision_of(completion: Completion) -> RouteDecision:
    """Return the decision, with the probability of its label tokens as confidence."""
    answer = _parse(completion.text)
    if isinstance(answer, str):
        return failed_decision(answer, completion.label)
    label = completion.label
    if label is None:
        return failed_decision("the model's answer names no route", None)
    if label.mass < MINIMUM_MASS:
        return failed_decision(
            f"the model was about to write no route: they have {label.mass:.0%} of its probability",
            label,
        )
    decision, fallback = answer
    return RouteDecision(
        decision=decision,
        confidence=label.scores[decision],
        fallback=fallback if fallback is not decision else _second(label.scores, decision),
        scores=_by_name(label.scores),
    )


def failed_decision(failure: str, label: LabelScores | None = None) -> RouteDecision:
    """Return a decision without confidence that the policy turns into ``direct``.

    ``direct`` touches nothing. Its scores are what was measured, else the same for every route.
    """
    scores = label.scores if label else dict.fromkeys(Route, 1 / len(Route))
    decision = max(scores, key=lambda route: scores[route]) if label else Route.DIRECT
    return RouteDecision(decision, 0.0, Route.DIRECT, _by_name(scores), failure)


def _parse(text: str) -> tuple[Route, Route] | str:
    """Return decision and fallback, or what is wrong with the text."""
    shown = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return f"the model's answer is no JSON: {shown!r}"
    if not isinstance(value, dict) or set(value) != {"decision", "fallback"}:
        return f"the model's answer is no decision: {shown!r}"
    try:
        return Route(value["decision"]), Route(value["fallback"])
    except ValueError:
        return f"the model's answer names no route: {shown!r}"


def _second(scores: Mapping[Route, float], first: Route) -> Route:
    return max((route for route in Route if route is not first), key=lambda route: scores[route])


def _by_name(scores: Mapping[Route, float]) -> dict[str, float]:
    return {route.value: score for route, score in scores.items()}
