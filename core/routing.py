"""Routes, the decision of a router, and the pure policy that turns it into the route taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput


class Route(StrEnum):
    """Which workflow a task takes."""

    ANSWER = "answer"
    CODE = "code"
    TOOL = "tool"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class RouteDecision:
    """What a router says: the strict JSON object ``{"decision", "confidence", "fallback"}``.

    ``confidence`` is in [0, 1]; ``scores`` keeps the probability of every route.
    """

    decision: Route
    confidence: float
    fallback: Route
    scores: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the strict form, without the scores."""
        return {
            "decision": self.decision.value,
            "confidence": self.confidence,
            "fallback": self.fallback.value,
        }

    @classmethod
    def from_json(
        cls, value: Mapping[str, Any], scores: Mapping[str, float] | None = None
    ) -> RouteDecision:
        """Read the strict form. Raises: InvalidInput on any other shape or value."""
        if set(value) != {"decision", "confidence", "fallback"}:
            raise InvalidInput(f"a route decision has other keys: {sorted(value)}", "decision")
        confidence = value["confidence"]
        if isinstance(confidence, bool) or not isinstance(confidence, int | float):
            raise InvalidInput("confidence is no number", "confidence")
        if not 0 <= confidence <= 1:
            raise InvalidInput(f"confidence {confidence} is not in [0, 1]", "confidence")
        return cls(
            _route(value["decision"], "decision"),
            float(confidence),
            _route(value["fallback"], "fallback"),
            dict(scores or {}),
        )


@dataclass(frozen=True, slots=True)
class ChosenRoute:
    """The route that a task takes, why, and the decision that it rests on."""

    route: Route
    reason: str
    fallback_taken: bool
    decision: RouteDecision


def choose_route(
    decision: RouteDecision,
    *,
    threshold: float,
    unavailable: Mapping[Route, str],
    remaining_loops: int,
) -> ChosenRoute:
    """Weigh a decision: confidence first, then the health of services and the loops left.

    Below ``threshold`` the fallback is taken. A route in ``unavailable`` (with the reason), or
    ``code`` without a review cycle left, gives way to the best-scored route that is open;
    ``direct`` always is.
    """
    confident = decision.confidence >= threshold
    wanted = decision.decision if confident else decision.fallback
    reason = (
        f"confidence {decision.confidence:.2f}"
        if confident
        else f"confidence {decision.confidence:.2f} is below {threshold:.2f}: fallback"
    )
    closed = dict(unavailable)
    if remaining_loops <= 0:
        closed.setdefault(Route.CODE, "no review cycles are left")
    closed.pop(Route.DIRECT, None)
    if wanted in closed:
        reason = f"{reason}; {wanted.value} is closed: {closed[wanted]}"
        wanted = _best_open(decision, closed)
    return ChosenRoute(wanted, reason, wanted is not decision.decision, decision)


def _best_open(decision: RouteDecision, closed: Mapping[Route, str]) -> Route:
    candidates = [route for route in Route if route not in closed]
    return max(candidates, key=lambda route: decision.scores.get(route.value, 0.0))


def _route(value: Any, field_name: str) -> Route:
    try:
        return Route(value)
    except ValueError:
        allowed = ", ".join(route.value for route in Route)
        raise InvalidInput(f"{value!r} is no route: one of {allowed}", field_name) from None
