"""What becomes of a model's answer: a decision, or a failure that leads to the fallback."""

from __future__ import annotations

import pytest

from agent_service.router.generative_decision import decision_of, failed_decision
from agent_service.router.label_tokens import LabelScores
from agent_service.router.prompt import decision_json, router_prompt
from agent_service.router.router_model import Completion
from core.routing import choose_route
from core.workflows import BUILT_IN

SCORES = {"answer": 0.1, "code": 0.7, "tool": 0.15, "direct": 0.05}
SURE = LabelScores(SCORES, 0.98)
CODE = decision_json("code", "answer")


def test_confidence_is_the_probability_of_the_label() -> None:
    decision = decision_of(Completion(CODE, SURE, 40))
    assert decision.decision == "code"
    assert decision.confidence == 0.7
    assert decision.fallback == "answer"
    assert decision.scores == {"answer": 0.1, "code": 0.7, "tool": 0.15, "direct": 0.05}
    assert not decision.failure


def test_a_fallback_that_repeats_the_decision_gives_way_to_the_second_best() -> None:
    repeated = decision_json("code", "code")
    assert decision_of(Completion(repeated, SURE, 40)).fallback == "tool"


@pytest.mark.parametrize(
    ("text", "label", "said"),
    [
        ("", None, "no JSON"),
        ('{"decision": "co', SURE, "no JSON"),
        ("certainly! code.", SURE, "no JSON"),
        ("[" * 100_000, SURE, "no JSON"),
        ('{"decision": "code"}', SURE, "no decision"),
        ('["code", "answer"]', SURE, "no decision"),
        ('{"decision": "code", "fallback": "answer", "confidence": 1}', SURE, "no decision"),
        ('{"decision": "poem", "fallback": "answer"}', SURE, "names no workflow"),
        ('{"decision": ["code"], "fallback": "answer"}', SURE, "names no workflow"),
        (CODE, None, "names no workflow"),
        (CODE, LabelScores(SCORES, 0.02), "was about to write no workflow: they have 2%"),
    ],
)
def test_an_answer_that_is_no_decision_takes_the_fallback(
    text: str, label: LabelScores | None, said: str
) -> None:
    decision = decision_of(Completion(text, label, 40))
    assert decision.confidence == 0
    assert said in decision.failure
    assert sum(decision.scores.values()) == pytest.approx(1)
    chosen = choose_route(
        decision, list(BUILT_IN), threshold=0.55, unavailable={}, remaining_loops=2
    )
    assert chosen.workflow == "direct"
    assert chosen.fallback_taken
    assert said in chosen.reason
    assert len(chosen.reason) < 200


def test_a_failure_before_any_answer_prefers_no_route() -> None:
    decision = failed_decision("no decision within 10 s")
    assert set(decision.scores.values()) == {0.25}
    assert decision.fallback == "direct"


def test_the_prompt_ends_with_the_request_and_shows_every_route() -> None:
    turns = router_prompt("now you")
    assert turns[-1].content == "now you"
    assert [turn.role for turn in turns[1:]] == ["user", "assistant"] * (len(turns) // 2 - 1) + [
        "user"
    ]
    shown = "".join(turn.content for turn in turns if turn.role == "assistant")
    assert all(f'"decision": "{name}"' in shown for name in BUILT_IN.names)
