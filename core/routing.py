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

    ``confidence`` is in [0, 1]; ``scores`` keeps the probability of every route. ``failure``
    says why the router itself could not decide; it is empty when it could.
    """

    decision: Route
    confidence: float
    fallback: Route
    scores: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the strict form, without scores and failure."""
        return {
            "decision": self.decision.value,
            "confidence": self.confidence,
            "fallback": self.fallback.value,
        }

    @classmethod
    def from_json(
        cls,
        value: Mapping[str, Any],
        scores: Mapping[str, float] | None = None,
        failure: str = "",
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
            failure,
        )


@dataclass(frozen=True, slots=True)
class ChosenRoute:
    """The route that a task takes, why, and the decision that it rests on.

    ``closed`` holds the routes that could not be taken, each with the reason.
    """

    route: Route
    reason: str
    fallback_taken: bool
    decision: RouteDecision
    closed: Mapping[Route, str]


def choose_route(
    decision: RouteDecision,
    *,
    threshold: float,
    unavailable: Mapping[Route, str],
    remaining_loops: int,
) -> ChosenRoute:
    """Weigh a decision: confidence first, then the health of services and the loops left.

    Below ``threshold`` (in [0, 1]), or when the router failed, the fallback is taken. A route
    in ``unavailable`` (with the reason) is closed, and so is ``code`` when the review cycles
    left do not allow it. A closed route gives way to the best-scored open one. When services
    close every route, no other one is any better: the wanted one is kept, and the task waits.
    """
    closed = dict(unavailable)
    if too_few := _too_few_loops(decision, threshold, remaining_loops):
        closed.setdefault(Route.CODE, too_few)
    doubt = _doubt(decision, threshold)
    wanted = decision.fallback if doubt else decision.decision
    reason = doubt or f"confidence {decision.confidence:.2f}"
    if wanted in closed:
        named = ", ".join(f"{route.value} ({closed[route]})" for route in Route if route in closed)
        reason = f"{reason}; closed: {named}"
        if too_few or len(closed) < len(Route):
            wanted = _best_open(decision, closed)
    taken = bool(doubt) or wanted is not decision.decision
    return ChosenRoute(wanted, reason, taken, decision, closed)


def _doubt(decision: RouteDecision, threshold: float) -> str:
    """Return why the fallback is taken; empty when the decision counts."""
    if decision.failure:
        return f"the router could not decide ({decision.failure}): fallback"
    if decision.confidence < threshold:
        return f"confidence {decision.confidence:.2f} is below {threshold:.2f}: fallback"
    return ""


def _too_few_loops(decision: RouteDecision, threshold: float, remaining_loops: int) -> str:
    """Return why no code is started with the review cycles left; empty when it may be.

    The other routes complete without a review. With one cycle left the first draft must be
    right, so ``code`` needs a third of what lies between the threshold and certainty on top.
    """
    if remaining_loops <= 0:
        return "no review cycles are left"
    needed = threshold + (1 - threshold) / 3
    has = decision.scores.get(Route.CODE.value, 0.0)
    if decision.decision is Route.CODE:
        has = decision.confidence
    if remaining_loops > 1 or has >= needed:
        return ""
    return f"one review cycle is left: it needs {needed:.2f} and has {has:.2f}"


def _best_open(decision: RouteDecision, closed: Mapping[Route, str]) -> Route:
    candidates = [route for route in Route if route not in closed] or [Route.DIRECT]
    return max(candidates, key=lambda route: decision.scores.get(route.value, 0.0))


def _route(value: Any, field_name: str) -> Route:
    try:
        return Route(value)
    except ValueError:
        allowed = ", ".join(route.value for route in Route)
        raise InvalidInput(f"{value!r} is no route: one of {allowed}", field_name) from None
