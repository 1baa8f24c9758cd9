"""Training examples: what is said to the model, and what it should answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from llm_service.functions import FUNCTIONS, Constants, Function
from llm_service.functions.function import put_in
from llm_service.functions.held_out import is_held_out
from llm_service.functions.pipeline_phrases import worded
from llm_service.functions.pipeline_wordings import load_pipeline_wordings
from llm_service.functions.pipelines import Combination, combinations, pipeline
from llm_service.functions.requests import known_request
from llm_service.training import conversation, passages, tool_calls
from llm_service.training.wording import request
from llm_service.training.words import word

_PIPELINES = 0.3
_IN_KNOWN_WORDS, _IN_FRAMES = 0.4, 0.75
_USUAL_CONSTANTS = 0.5
_WRITTEN = 0.5
_TRAINED_COMBINATIONS = [each for each in combinations() if not each.held_out]


def _written_pipelines() -> dict[Combination, list[str]]:
    found: dict[Combination, list[str]] = {}
    for each in load_pipeline_wordings():
        if not is_held_out(each.text):
            found.setdefault(each.combination, []).append(each.text)
    return found


_PIPELINE_WORDINGS = _written_pipelines()


@dataclass(frozen=True, slots=True)
class Wish:
    """A request, and what it asks for under which name."""

    text: str
    function: Function
    name: str
    constants: Constants

    @property
    def code(self) -> str:
        """The code that answers it."""
        return self.function.code(self.name, self.constants)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; ``role`` is ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation under a role; the last turn is what the model should answer."""

    role: str
    turns: tuple[Turn, ...]


def examples(seed: int) -> Iterator[Example]:
    """Yield training examples without end; the same seed gives the same ones."""
    rng = random.Random(seed)
    kinds: tuple[tuple[Callable[[random.Random], Example], int], ...] = (
        (code_example, 64),
        (review_example, 4),
        (repair_example, 7),
        (operator_example, 16),
        (answer_example, 5),
        (direct_example, 4),
    )
    makers = [maker for maker, _ in kinds]
    weights = [weight for _, weight in kinds]
    while True:
        yield rng.choices(makers, weights)[0](rng)


def draw_wish(rng: random.Random) -> Wish:
    """Draw a function (a pipeline three times in ten), its constants, and a request for it."""
    if rng.random() < _PIPELINES:
        combination = rng.choice(_TRAINED_COMBINATIONS)
        return wish(pipeline(combination), rng, lambda: _pipeline_request(combination, rng))
    function = rng.choice(FUNCTIONS)
    return wish(function, rng, lambda: _written_request(function, rng))


def wish(function: Function, rng: random.Random, free_request: Callable[[], str]) -> Wish:
    """Return a request for ``function``: in known words, in many frames, or freely worded."""
    constants = draw_constants(function, rng)
    kind = rng.random()
    if kind < _IN_KNOWN_WORDS:
        text, name = known_request(function, constants), ""
    elif kind < _IN_FRAMES:
        asked = request(put_in(rng.choice(function.does), constants), function, rng)
        text, name = asked.text, asked.name
    else:
        text, name = put_in(free_request(), constants), ""
    return Wish(text, function, name or function.name, constants)


def draw_constants(function: Function, rng: random.Random) -> Constants:
    """Draw the constants that ``function`` needs: usual ones, or any at times."""
    if not function.constants:
        return {}
    usual = rng.choice(function.constants)
    if rng.random() < _USUAL_CONSTANTS:
        return usual
    return {place: _any_like(value, rng) for place, value in usual.items()}


def _any_like(value: int | str, rng: random.Random) -> int | str:
    if isinstance(value, str):
        return rng.choice("abcdefghijklmnopqrstuvwxyz") if len(value) == 1 else word(rng)
    return rng.choice((rng.randint(2, 9), rng.randint(2, 30), rng.randint(10, 1000)))


def _written_request(function: Function, rng: random.Random) -> str:
    known = [text for text in function.wordings if not is_held_out(text)]
    return rng.choice(known)


def _pipeline_request(combination: Combination, rng: random.Random) -> str:
    written = _PIPELINE_WORDINGS.get(combination)
    if written and rng.random() < _WRITTEN:
        return rng.choice(written)
    return worded(combination, rng)


def code_example(rng: random.Random) -> Example:
    """A request, and the code."""
    drawn = draw_wish(rng)
    return Example("coder", (Turn("user", drawn.text), Turn("assistant", drawn.code)))


def review_example(rng: random.Random) -> Example:
    """A request with code, at times broken; and assertions that hold for the right code."""
    drawn, lines = _checked_wish(rng)
    shown = break_code(drawn.code, rng) if rng.random() < 0.2 else drawn.code
    answer = json.dumps({"assertions": lines})
    asked = f"Task: {drawn.text}\nCode:\n{shown}"
    return Example("reviewer", (Turn("user", asked), Turn("assistant", answer)))


def repair_example(rng: random.Random) -> Example:
    """A request, broken code, what failed, and the right code."""
    drawn, lines = _checked_wish(rng)
    turns = (
        Turn("user", drawn.text),
        Turn("assistant", break_code(drawn.code, rng)),
        Turn("user", f"The code failed:\nAssertionError: {rng.choice(lines)}"),
        Turn("assistant", drawn.code),
    )
    return Example("coder", turns)


def _checked_wish(rng: random.Random) -> tuple[Wish, list[str]]:
    """Draw until the constants make sense, and something can be asserted."""
    while True:
        drawn = draw_wish(rng)
        try:
            lines = drawn.function.assertions(drawn.name, drawn.constants)
        except (ArithmeticError, ValueError, LookupError):
            continue
        if lines:
            return drawn, lines


def operator_example(rng: random.Random) -> Example:
    """A request, and the tool call that does it."""
    text, call = tool_calls.draw(rng)
    return Example("operator", (Turn("user", text), Turn("assistant", json.dumps(call))))


def answer_example(rng: random.Random) -> Example:
    """A question with passages, and the sentence that answers."""
    asked, answer = passages.draw(rng)
    return Example("responder", (Turn("user", asked), Turn("assistant", answer)))


def direct_example(rng: random.Random) -> Example:
    """Small talk, or a wish that the model declines."""
    text, answer = conversation.draw(rng)
    return Example("direct", (Turn("user", text), Turn("assistant", answer)))


def break_code(code: str, rng: random.Random) -> str:
    """Return ``code`` with one plausible mistake."""
    changes = [
        (" + ", " - "),
        (" > ", " < "),
        (" < ", " > "),
        (" == ", " != "),
        (" * ", " + "),
        ("sum(", "max("),
        ("max(", "min("),
        ("min(", "max("),
        ("sorted(", "list("),
        ("[::-1]", "[:]"),
        (".upper()", ".lower()"),
        (" % 2 == 0", " % 2 == 1"),
        ("n + 1", "n"),
        ("range(2", "range(1"),
        (" and ", " or "),
        ("len(", "sum("),
    ]
    possible = [(old, new) for old, new in changes if old in code.split("\n", 1)[1]]
    if not possible:
        return code.replace("return ", "return not ", 1)
    old, new = rng.choice(possible)
    head, body = code.split("\n", 1)
    return f"{head}\n{body.replace(old, new, 1)}"
