"""Questions to a person, and answers: values that are kept, whatever asks and whoever answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar


class AnswerKind(StrEnum):
    """What kind of answer a question takes."""

    EFFECT = "effect"
    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Question:
    """What a task asks a person; ``call_id`` names it in the task, the same after a crash.

    ``payload`` is a JSON value that goes with the text, such as what is to be chosen from; None:
    there is none.
    """

    text: str
    call_id: str
    kind: AnswerKind
    payload: Any = None


@dataclass(frozen=True, slots=True)
class EffectAnswer:
    """What a person said about a call whose outcome nobody knew.

    ``happened`` says whether its effect did; ``output`` is then handed on as the call's output.
    """

    kind: ClassVar[AnswerKind] = AnswerKind.EFFECT

    happened: bool
    output: str = ""


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What a person said in words."""

    kind: ClassVar[AnswerKind] = AnswerKind.TEXT

    text: str


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A JSON value that a person, or a program in their place, gave."""

    kind: ClassVar[AnswerKind] = AnswerKind.JSON

    value: Any


Answer = EffectAnswer | TextAnswer | JsonAnswer
"""What a person said to a question; its ``kind`` is the question's."""
