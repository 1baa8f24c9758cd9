"""Training examples: what is said to the model, and what it should answer."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from llm_service.training import conversation, passages, tool_calls
from llm_service.training.function import Function
from llm_service.training.functions import FUNCTIONS
from llm_service.training.pipelines import Combination, combinations, pipeline
from llm_service.training.wording import request

_HELD_OUT_SHARE = 7  # one combination in seven is kept out of training


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


def held_out(combination: Combination) -> bool:
    """Say whether a combination of filter, map and aggregate is kept for the evaluation."""
    return sum(combination) % _HELD_OUT_SHARE == 3 and all(combination[:2])


def examples(seed: int) -> Iterator[Example]:
    """Yield training examples without end; the same seed gives the same ones."""
    rng = random.Random(seed)
    kinds: tuple[tuple[Callable[[random.Random], Example], int], ...] = (
        (code_example, 26),
        (review_example, 14),
        (repair_example, 4),
        (operator_example, 42),
        (answer_example, 10),
        (direct_example, 4),
    )
    makers = [maker for maker, _ in kinds]
    weights = [weight for _, weight in kinds]
    while True:
        yield rng.choices(makers, weights)[0](rng)


def draw_function(rng: random.Random) -> tuple[Function, int | None]:
    """Draw a function (a pipeline four times in ten) and its constant."""
    if rng.random() < 0.4:
        choices = [c for c in combinations() if not held_out(c)]
        return pipeline(rng.choice(choices), rng), None
    function = rng.choice(FUNCTIONS)
    return function, rng.choice(function.constants) if function.constants else None


def wish(function: Function, constant: int | None, rng: random.Random) -> tuple[str, str]:
    """Return a request for ``function``, and the code that answers it."""
    third = rng.choice(function.descriptions)
    if constant is not None:
        third = third.replace("{n}", str(constant))
    asked = request(third, function.name, function.parameters, rng)
    return asked.text, function.code(asked.name or function.name, constant)


def code_example(rng: random.Random) -> Example:
    """A request, and the code."""
    text, code = wish(*draw_function(rng), rng)
    return Example("coder", (Turn("user", text), Turn("assistant", code)))


def review_example(rng: random.Random) -> Example:
    """A request with code, at times broken; and assertions that hold for the right code."""
    function, constant = draw_function(rng)
    text, code = wish(function, constant, rng)
    lines = assertions(function, code)
    shown = break_code(code, rng) if rng.random() < 0.2 else code
    answer = json.dumps({"assertions": lines})
    asked = f"Task: {text}\nCode:\n{shown}"
    return Example("reviewer", (Turn("user", asked), Turn("assistant", answer)))


def repair_example(rng: random.Random) -> Example:
    """A request, broken code, what failed, and the right code."""
    function, constant = draw_function(rng)
    text, code = wish(function, constant, rng)
    failing = rng.choice(assertions(function, code))
    turns = (
        Turn("user", text),
        Turn("assistant", break_code(code, rng)),
        Turn("user", f"The code failed:\nAssertionError: {failing}"),
        Turn("assistant", code),
    )
    return Example("coder", turns)


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


def assertions(function: Function, code: str) -> list[str]:
    """Return assertions that ``code`` fulfils, by running it on the function's inputs."""
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    name = code[len("def ") : code.index("(")]
    lines = []
    for arguments in function.inputs[:3]:
        expected = eval(f"{name}({arguments})", namespace)
        lines.append(f"assert {name}({arguments}) == {expected!r}")
    return lines


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
