"""Questions on documents: what counts as right, and as declined."""

from __future__ import annotations

import pytest

from agent_service.skills.prompts import NO_ANSWER
from benchmarks.evaluation.document_questions import DOCUMENTS, QUESTIONS, DocumentQuestion
from benchmarks.evaluation.documents_suite import description_of, judge

LICENCE = DocumentQuestion("Which licence?", (("apache",), ("2.0", "two")), but=("mit",))
PRICE = DocumentQuestion("What does it cost?")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("Apache 2.0 [1].", True),
        ("The Apache licence.", False),
        ("Apache 2.0 or MIT.", False),
        (NO_ANSWER, False),
        ("", False),
    ],
)
def test_an_answer_says_a_word_of_each_group(answer: str, right: bool) -> None:
    assert judge(LICENCE, answer)[0] is right


@pytest.mark.parametrize(
    ("answer", "declined"),
    [
        (NO_ANSWER, True),
        ("The ingested documents hold nothing about this.", True),
        ("The price is not specified in the given passages.", True),
        ("The passages do not explicitly mention a price.", True),
        ("It costs nothing [1].", False),
        ("It does not cost much.", False),
        ("", False),
    ],
)
def test_what_is_not_answered_there_is_declined(answer: str, declined: bool) -> None:
    assert judge(PRICE, answer) == (declined, declined)


def test_a_third_of_sixty_and_more_is_unanswerable_and_none_is_there_twice() -> None:
    assert len({each.text for each in QUESTIONS}) == len(QUESTIONS) >= 60
    unanswerable = [each for each in QUESTIONS if not each.says]
    assert 0.3 <= len(unanswerable) / len(QUESTIONS) <= 0.4


@pytest.mark.parametrize("question", [each for each in QUESTIONS if each.says])
def test_a_right_answer_stands_in_the_documents(question: DocumentQuestion) -> None:
    texts = [description_of(package).lower() for package in DOCUMENTS]
    assert any(
        all(any(word in text for word in group) for group in question.says) for text in texts
    )


@pytest.mark.parametrize("question", [each for each in QUESTIONS if each.says])
def test_to_say_the_question_again_is_not_right(question: DocumentQuestion) -> None:
    assert not judge(question, question.text)[0]
