"""The strict decision and the policy that weighs it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.routing import ChosenRoute, RouteDecision, choose_route
from core.workflows import BUILT_IN

ROUTES = list(BUILT_IN.names)
SPECS = list(BUILT_IN)
SCORES = {"answer": 0.1, "code": 0.6, "tool": 0.2, "direct": 0.1}


def decide(confidence: float = 0.9) -> RouteDecision:
    return RouteDecision("code", confidence, "answer", SCORES)


def choose(decision: RouteDecision, unavailable: dict[str, str], loops: int = 2) -> str:
    return choose_route(
        decision, SPECS, threshold=0.55, unavailable=unavailable, remaining_loops=loops
    ).workflow


def test_a_confident_decision_is_taken() -> None:
    assert choose(decide(), {}) == "code"


def test_a_decision_below_the_threshold_gives_way_to_the_fallback_and_is_recorded() -> None:
    chosen = choose_route(decide(0.5), SPECS, threshold=0.55, unavailable={}, remaining_loops=2)
    assert chosen.workflow == "answer"
    assert chosen.fallback_taken
    assert "below 0.55" in chosen.reason


def test_a_closed_route_gives_way_to_the_best_open_one() -> None:
    chosen = choose_route(
        decide(), SPECS, threshold=0.55, unavailable={"code": "tool is lost"}, remaining_loops=2
    )
    assert chosen.workflow == "tool"
    assert "tool is lost" in chosen.reason


def test_without_review_cycles_no_code_is_started() -> None:
    assert choose(decide(), {}, loops=0) != "code"


def test_with_one_review_cycle_left_code_must_be_surer() -> None:
    assert choose(decide(0.69), {}, loops=2) == "code"
    leaning = choose_route(decide(0.69), SPECS, threshold=0.55, unavailable={}, remaining_loops=1)
    assert leaning.workflow == "tool"
    assert "one review cycle is left: it needs 0.70 and has 0.69" in leaning.reason
    assert choose(decide(0.71), {}, loops=1) == "code"


def test_the_fallback_is_no_way_around_the_last_review_cycle() -> None:
    unsure = RouteDecision("answer", 0.5, "code", {**SCORES, "answer": 0.5, "code": 0.3})
    assert choose(unsure, {}, loops=2) == "code"
    assert choose(unsure, {}, loops=1) == "answer"


def test_a_router_that_failed_leads_to_the_fallback_whatever_the_threshold() -> None:
    failed = RouteDecision("code", 0.9, "direct", SCORES, "no decision within 10 s")
    chosen = choose_route(failed, SPECS, threshold=0.0, unavailable={}, remaining_loops=2)
    assert chosen.workflow == "direct"
    assert chosen.fallback_taken
    assert "no decision within 10 s" in chosen.reason


def test_when_every_route_is_closed_the_wanted_one_waits_and_says_so() -> None:
    down = dict.fromkeys(ROUTES, "llm is lost")
    wanted = decide()
    chosen = choose_route(wanted, SPECS, threshold=0.55, unavailable=down, remaining_loops=2)
    assert chosen.workflow == wanted.decision
    assert "direct (llm is lost)" in chosen.reason


def test_code_without_a_review_cycle_gives_way_even_when_every_route_is_closed() -> None:
    down = dict.fromkeys(ROUTES, "llm is lost")
    chosen = choose_route(decide(), SPECS, threshold=0.55, unavailable=down, remaining_loops=0)
    assert chosen.workflow == "direct"


@st.composite
def decisions(draw: st.DrawFn) -> RouteDecision:
    """Return any decision, also one whose parts do not fit each other."""
    scores = draw(st.dictionaries(st.sampled_from(ROUTES), st.floats(0, 1)))
    return RouteDecision(
        draw(st.sampled_from(ROUTES)),
        draw(st.floats(0, 1)),
        draw(st.sampled_from(ROUTES)),
        scores,
        draw(st.sampled_from(["", "no decision within 10 s"])),
    )


def any_choice(
    decision: RouteDecision, threshold: float, unavailable: dict[str, str], loops: int
) -> ChosenRoute:
    return choose_route(
        decision, SPECS, threshold=threshold, unavailable=unavailable, remaining_loops=loops
    )


MASKS = st.dictionaries(st.sampled_from(ROUTES), st.sampled_from(["tool is lost", "no sandbox"]))
WEIGHED = (decisions(), st.floats(0, 1), MASKS, st.integers(0, 3))


@given(*WEIGHED)
def test_no_closed_route_is_ever_taken(
    decision: RouteDecision, threshold: float, unavailable: dict[str, str], loops: int
) -> None:
    chosen = any_choice(decision, threshold, unavailable, loops)
    assert unavailable.items() <= chosen.closed.items()
    assert chosen.workflow not in chosen.closed or set(chosen.closed) == set(ROUTES)


@given(*WEIGHED)
def test_the_choice_is_the_same_every_time(
    decision: RouteDecision, threshold: float, unavailable: dict[str, str], loops: int
) -> None:
    turned = dict(reversed(unavailable.items()))
    first = any_choice(decision, threshold, unavailable, loops)
    assert any_choice(decision, threshold, turned, loops) == first


@given(*WEIGHED)
def test_the_reason_names_the_mask_and_the_failure(
    decision: RouteDecision, threshold: float, unavailable: dict[str, str], loops: int
) -> None:
    chosen = any_choice(decision, threshold, unavailable, loops)
    assert decision.failure in chosen.reason
    doubted = bool(decision.failure) or decision.confidence < threshold
    wanted = decision.fallback if doubted else decision.decision
    if wanted in chosen.closed:
        assert f"{wanted} ({chosen.closed[wanted]})" in chosen.reason
    else:
        assert chosen.workflow == wanted
    assert chosen.fallback_taken == (doubted or chosen.workflow != decision.decision)


@given(*WEIGHED)
def test_fewer_loops_never_open_the_way_to_code(
    decision: RouteDecision, threshold: float, unavailable: dict[str, str], loops: int
) -> None:
    if any_choice(decision, threshold, unavailable, loops).workflow != "code":
        fewer = any_choice(decision, threshold, unavailable, max(0, loops - 1))
        assert fewer.workflow != "code"


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
def test_any_other_json_is_no_decision(value: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        RouteDecision.from_json(value, ROUTES)


def test_a_decision_goes_to_json_and_back() -> None:
    decision = decide()
    assert RouteDecision.from_json(decision.to_json(), ROUTES, SCORES) == decision
