"""Questions of a hop to a person: the task waits, and the hop runs again with the answer."""

from __future__ import annotations

from typing import Any, TypeVar

from core.errors import InvalidInput, MeshError, WrongState
from core.hops import Hop
from core.json_text import JsonError, check_json, write_json
from core.ports import EffectAnswer, JsonAnswer, Question, TextAnswer
from core.state import MAX_TEXT_BYTES

_MAX_CALL_ID_BYTES = 128  # what every service takes

A = TypeVar("A", EffectAnswer, TextAnswer, JsonAnswer)


class InputRequired(MeshError):
    """A task waits for a person's answer."""

    code = "FAILED_PRECONDITION"
    reason = "INPUT_REQUIRED"

    def __init__(self, question: Question) -> None:
        """Carry ``question`` to whoever makes it durable."""
        super().__init__(question.text)
        self.question = question


async def ask(hop: Hop, position: str, wanted: type[A], text: str, payload: Any = None) -> A:
    """Return what a person answered to the question at ``position`` of the hop, or ask it.

    The hop ends with the question, and runs again from its beginning once the answer is durable:
    what it does before must be decided (`core.decisions`) or come out the same. ``wanted`` is the
    kind of answer, ``payload`` a JSON value that goes with the question. The first answer stays.

    Raises: InputRequired (nobody answered yet), InvalidInput (what is asked is no text, no JSON or
    over 64 KiB), WrongState (the question was answered when it asked for another kind).
    """
    question = Question(text, hop.call(position).call_id, wanted.kind, payload)
    answer = await hop.services.journal.answer_for(hop.task_id, question.call_id)
    if answer is None:
        _check(question)
        raise InputRequired(question)
    if not isinstance(answer, wanted):
        raise WrongState(
            f"the question {question.call_id} takes the kind {wanted.kind} now, and was answered "
            f"when it took the kind {answer.kind}"
        )
    return answer


def _check(question: Question) -> None:
    """Hold a question to what can be kept and sent. Raises: InvalidInput."""
    if len(question.call_id.encode()) > _MAX_CALL_ID_BYTES:
        raise InvalidInput(
            f"the question's call id {question.call_id} is over {_MAX_CALL_ID_BYTES} bytes long: "
            "shorten its position",
            "call_id",
        )
    if not question.text.strip():
        raise InvalidInput("the question is empty", "text")
    for field, value in (("text", question.text), ("payload", question.payload)):
        try:
            check_json(value)
        except JsonError as error:
            raise InvalidInput(f"the question's {field}{error.path} {error}", field) from error
        written = value if field == "text" else write_json(value, ensure_ascii=False)
        size = len(written.encode())
        if size > MAX_TEXT_BYTES:
            raise InvalidInput(
                f"the question's {field} is {size} bytes long; at most {MAX_TEXT_BYTES} are "
                "allowed: shorten it",
                field,
            )
