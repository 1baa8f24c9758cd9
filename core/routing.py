"""Routes, the decision of a router, and the pure policy that turns it into the route taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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
