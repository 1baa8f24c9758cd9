"""Quotes must stand in the passages."""

from __future__ import annotations

from agent_service.skills.bundled.grounding import (
    Quote,
    best_quote,
    better_quote,
    find_quote,
    is_answer,
)
from core.state import PassageRecord

PASSAGES = [
    PassageRecord(
        source="a.md",
        start_line=1,
        end_line=3,
        text="# Storage\n\nTasks are kept in one SQLite file. Nothing else\nis written there.",
        score=0.7,
    ),
    PassageRecord(
        source="b.md", start_line=9, end_line=9, text="The agent listens on port 7400.", score=0.4
    ),
]


def test_a_sentence_of_a_passage_is_a_quote_even_over_a_line_break() -> None:
    quote = find_quote("Nothing else is written there. [1]", PASSAGES)
    assert quote is not None
    assert quote.passage == 0


def test_an_invention_is_no_quote() -> None:
    assert find_quote("Tasks are kept in Postgres.", PASSAGES) is None


def test_the_nearest_sentence_is_quoted() -> None:
    quote = best_quote("which port does the agent listen on?", PASSAGES)
    assert quote is not None
    assert quote.text == "The agent listens on port 7400."
    assert best_quote("zebra", PASSAGES) is None


def test_a_proposed_quote_stays_unless_another_answers_clearly_better() -> None:
    question = "which port does the agent listen on?"
    right = Quote("The agent listens on port 7400.", 1)
    wrong = Quote("Nothing else is written there.", 0)
    assert better_quote(question, right, PASSAGES) == right
    assert better_quote(question, wrong, PASSAGES) == right
    assert better_quote(question, None, PASSAGES) == right


def test_a_quote_that_speaks_of_something_else_is_no_answer() -> None:
    quote = Quote("The agent listens on port 7400.", 1)
    assert is_answer("which port does the agent use?", quote, PASSAGES)
    assert not is_answer("who painted the agent's office walls?", quote, PASSAGES)
    assert not is_answer("why?", quote, PASSAGES)
