"""Routes: the decision of a router, and the pure policy that turns it into the workflow taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.errors import InvalidInput

FALLBACK = "direct"
"""The workflow that touches nothing: where nobody knows better."""


class Candidate(Protocol):
    """What the policy must know of a workflow that may be taken."""

    @property
    def name(self) -> str:
        """What a decision calls it."""
        ...

    @property
    def reviewed(self) -> bool:
        """Whether it uses up review cycles."""
        ...


@dataclass(frozen=True, slots=True)
class RouteDecision:
    """What a router says: the strict JSON object ``{"decision", "confidence", "fallback"}``.

    ``decision`` and ``fallback`` name workflows. ``confidence`` is in [0, 1]; ``scores`` keeps the
    probability of every workflow that the router knows. ``failure``
    says why the router itself could not decide; it is empty when it could.
    """

    decision: str
    confidence: float
    fallback: str
    scores: Mapping[str, float] = field(default_factory=dict)
    failure: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the strict form, without scores and failure."""
        return {
            "decision": self.decision,
            "confidence": self.confidence,
            "fallback": self.fallback,
        }

    @classmethod
    def from_json(
        cls,
        value: Mapping[str, Any],
        known: Collection[str],
        scores: Mapping[str, float] | None = None,
        failure: str = "",
    ) -> RouteDecision:
        """Read the strict form, which names ``known`` workflows.

        Raises: InvalidInput on any other shape or value.
        """
        if set(value) != {"decision", "confidence", "fallback"}:
            raise InvalidInput(f"a route decision has other keys: {sorted(value)}", "decision")
        confidence = value["confidence"]
        if isinstance(confidence, bool) or not isinstance(confidence, int | float):
            raise InvalidInput("confidence is no number", "confidence")
        if not 0 <= confidence <= 1:
            raise InvalidInput(f"confidence {confidence} is not in [0, 1]", "confidence")
        return cls(
            _known(value["decision"], known, "decision"),
            float(confidence),
            _known(value["fallback"], known, "fallback"),
            dict(scores or {}),
            failure,
        )


@dataclass(frozen=True, slots=True)
class ChosenRoute:
    """The workflow that a task takes, why, and the decision that it rests on.

    ``closed`` holds the workflows that could not be taken, each with the reason.
    """

    workflow: str
    reason: str
    fallback_taken: bool
    decision: RouteDecision
    closed: Mapping[str, str]


def choose_route(
    decision: RouteDecision,
    candidates: Sequence[Candidate],
    *,
    threshold: float,
    unavailable: Mapping[str, str],
    remaining_loops: int,
) -> ChosenRoute:
    """Weigh a decision: confidence first, then the health of services and the loops left.

    Below ``threshold`` (in [0, 1]), or when the router failed, the fallback is taken. A workflow
    in ``unavailable`` (with the reason) is closed, and so is a reviewed one when the review cycles
    left do not allow it. A closed one gives way to the best-scored open one. When services close
    every workflow, no other one is any better: the wanted one is kept, and the task waits.
    """
    too_few = {
        each.name: reason
        for each in candidates
        if each.reviewed
        and (reason := _too_few_loops(decision, each.name, threshold, remaining_loops))
    }
    closed = {**too_few, **unavailable}
    doubt = _doubt(decision, threshold)
    wanted = decision.fallback if doubt else decision.decision
    reason = doubt or f"confidence {decision.confidence:.2f}"
    if wanted in closed:
        names = [each.name for each in candidates]
        named = ", ".join(f"{name} ({closed[name]})" for name in names if name in closed)
        reason = f"{reason}; closed: {named}"
        if too_few or len(closed) < len(names):
            wanted = _best_open(decision, [name for name in names if name not in closed])
    taken = bool(doubt) or wanted != decision.decision
    return ChosenRoute(wanted, reason, taken, decision, closed)


def _doubt(decision: RouteDecision, threshold: float) -> str:
    """Return why the fallback is taken; empty when the decision counts."""
    if decision.failure:
        return f"the router could not decide ({decision.failure}): fallback"
    if decision.confidence < threshold:
        return f"confidence {decision.confidence:.2f} is below {threshold:.2f}: fallback"
    return ""


def _too_few_loops(
    decision: RouteDecision, name: str, threshold: float, remaining_loops: int
) -> str:
    """Return why nothing is started that is reviewed; empty when it may be.

    The other workflows complete without a review. With one cycle left the first draft must be
    right, so a reviewed one needs a third of what lies between the threshold and certainty on top.
    """
    if remaining_loops <= 0:
        return "no review cycles are left"
    needed = threshold + (1 - threshold) / 3
    has = decision.confidence if decision.decision == name else decision.scores.get(name, 0.0)
    if remaining_loops > 1 or has >= needed:
        return ""
    return f"one review cycle is left: it needs {needed:.2f} and has {has:.2f}"


def _best_open(decision: RouteDecision, names: Sequence[str]) -> str:
    return max(names or [FALLBACK], key=lambda name: decision.scores.get(name, 0.0))


def _known(value: Any, known: Collection[str], field_name: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise InvalidInput(f"{value!r} is no workflow: one of {', '.join(known)}", field_name)
