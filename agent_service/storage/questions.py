"""Questions and answers in the form in which rows and events keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.json_text import write_json
from core.ports import Answer, AnswerKind, EffectAnswer, JsonAnswer, Question, TextAnswer


def question_json(question: Question) -> dict[str, Any]:
    """Return a question as an object of JSON; a payload only if there is one."""
    written = {"text": question.text, "call_id": question.call_id, "kind": question.kind.value}
    return written if question.payload is None else {**written, "payload": question.payload}


def question_column(question: Question | None) -> str:
    """Return what a task's row holds of its question; empty: it asks nothing."""
    # ASCII: SQLite takes no lone surrogates, which a question of an old schema may hold.
    return "" if question is None else write_json(question_json(question))


def question_of_column(column: str) -> Question | None:
    """Read what `question_column` wrote."""
    if not column:
        return None
    written = json.loads(column)
    return Question(**{**written, "kind": AnswerKind(written["kind"])})


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer as an object of JSON, whose one key says of which kind it is."""
    if isinstance(answer, EffectAnswer):
        return {"effect": {"happened": answer.happened, "output": answer.output}}
    if isinstance(answer, TextAnswer):
        return {"text": answer.text}
    return {"value": answer.value}


def answer_of_json(written: Mapping[str, Any]) -> Answer:
    """Read what `answer_json` wrote."""
    if "effect" in written:
        return EffectAnswer(**written["effect"])
    return TextAnswer(written["text"]) if "text" in written else JsonAnswer(written["value"])


def answers_column(answers: Mapping[str, Answer]) -> str:
    """Return what a task's row holds of its answers, by the call ids of their questions."""
    return write_json({call_id: answer_json(each) for call_id, each in answers.items()})


def answers_of_column(column: str) -> dict[str, Answer]:
    """Read what `answers_column` wrote, in the order in which the answers came."""
    return {call_id: answer_of_json(each) for call_id, each in json.loads(column).items()}
