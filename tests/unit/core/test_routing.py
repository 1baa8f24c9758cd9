"""The strict decision and the policy that weighs it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.routing import Route, RouteDecision, choose_route

SCORES = {"answer": 0.1, "code": 0.6, "tool": 0.2, "direct": 0.1}


def decide(confidence: float = 0.9) -> RouteDecision:
    return RouteDecision(Route.CODE, confidence, Route.ANSWER, SCORES)


def choose(decision: RouteDecision, unavailable: dict[Route, str], loops: int = 2) -> Route:
    return choose_route(
        decision, threshold=0.55, unavailable=unavailable, remaining_loops=loops
    ).route


def test_confident_decision_is_taken() -> None:
    assert choose(decide(), {}) is Route.CODE


def test_below_the_threshold_the_fallback_is_taken_and_recorded() -> None:
    chosen = choose_route(decide(0.5), threshold=0.55, unavailable={}, remaining_loops=2)
    assert chosen.route is Route.ANSWER
    assert chosen.fallback_taken
    assert "below 0.55" in chosen.reason


def test_a_closed_route_gives_way_to_the_best_open_one() -> None:
    chosen = choose_route(
        decide(), threshold=0.55, unavailable={Route.CODE: "tool is lost"}, remaining_loops=2
    )
    assert chosen.route is Route.TOOL
    assert "tool is lost" in chosen.reason


def test_without_review_cycles_no_code_is_started() -> None:
    assert choose(decide(), {}, loops=0) is not Route.CODE


@given(st.sets(st.sampled_from(list(Route))), st.floats(0, 1), st.integers(0, 3))
def test_no_closed_route_is_ever_taken(closed: set[Route], confidence: float, loops: int) -> None:
    chosen = choose(decide(confidence), dict.fromkeys(closed, "down"), loops)
    assert chosen is Route.DIRECT or chosen not in closed


@pytest.mark.parametrize(
    "value",
    [
        {"decision": "code", "confidence": 0.5},
        {"decision": "code", "confidence": 0.5, "fallback": "direct", "more": 1},
        {"decision": "poem", "confidence": 0.5, "fallback": "direct"},
        {"decision": "code", "confidence": 1.5, "fallback": "direct"},
        {"decision": "code", "confidence": math.nan, "fallback": "direct"},
        {"decision": "code", "confidence": True, "fallback": "direct"},
        {"decision": "code", "confidence": "high", "fallback": "direct"},
    ],
)
def test_any_other_json_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        RouteDecision.from_json(value)


def test_json_goes_there_and_back() -> None:
    decision = decide()
    assert RouteDecision.from_json(decision.to_json(), SCORES) == decision
