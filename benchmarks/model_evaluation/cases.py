"""What is asked: the hand-written files in `data`, and what the training scripts held out."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm_service.functions import FUNCTIONS, Constants, Function
from llm_service.functions.function import put_in
from llm_service.functions.held_out import Part, part_of
from llm_service.functions.pipelines import combinations, pipeline
from llm_service.functions.requests import known_request
from llm_service.training.examples import break_code

DATA = Path(__file__).parent / "data"
_HELD_OUT_SEED = 99


@dataclass(frozen=True, slots=True)
class CodeCase:
    """A request for code, and statements that hold when ``f`` is what right code defines."""

    family: str
    text: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepairCase:
    """A request with code that does something else, and the assertions that right code fulfils."""

    text: str
    broken: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionCase:
    """A question, and the sentence that answers it; empty: nothing does."""

    question: str
    gold: str


@dataclass(frozen=True, slots=True)
class ToolCase:
    """A request, and the call that does it; no tool: it must be declined."""

    text: str
    tool: str
    arguments: Mapping[str, Any]


def free_wordings(name: str) -> list[CodeCase]:
    """Return the requests of a file as people type them."""
    return [CodeCase(row["family"], row["text"], tuple(row["checks"])) for row in _rows(name)]


def held_out_combinations(count: int) -> list[CodeCase]:
    """Return pipelines that training never saw, in the words that training uses."""
    rng = random.Random(_HELD_OUT_SEED)
    choices = [each for each in combinations() if each.held_out]
    return [_known(pipeline(rng.choice(choices)), rng) for _ in range(count)]


def known_functions(count: int) -> list[CodeCase]:
    """Return functions of the families in the words that the model knows best."""
    rng = random.Random(_HELD_OUT_SEED)
    return [_known(function, rng) for function in rng.sample(FUNCTIONS, count)]


def _known(function: Function, rng: random.Random) -> CodeCase:
    constants = _draw_usual(function, rng)
    text = known_request(function, constants)
    return CodeCase("known", text, tuple(function.assertions("f", constants)))


def held_out_wordings(count: int) -> list[CodeCase]:
    """Return written wordings of the families that neither training nor calibration read."""
    rng = random.Random(_HELD_OUT_SEED)
    held_out = [
        (function, wording)
        for function in FUNCTIONS
        for wording in function.wordings
        if part_of(wording) is Part.EVALUATION
    ]
    return [_worded(function, wording, rng) for function, wording in rng.sample(held_out, count)]


def _worded(function: Function, wording: str, rng: random.Random) -> CodeCase:
    constants = _draw_usual(function, rng)
    checks = function.assertions("f", constants)
    return CodeCase(function.name, put_in(wording, constants), tuple(checks))


def repairs(count: int) -> list[RepairCase]:
    """Return functions of the families with a mistake that their assertions find."""
    rng = random.Random(_HELD_OUT_SEED)
    functions = [function for function in FUNCTIONS if not function.is_class]
    found = []
    for function in rng.sample(functions, count):
        constants = _draw_usual(function, rng)
        broken = break_code(function.code(constants=constants), rng)
        checks = tuple(function.assertions(constants=constants))
        found.append(RepairCase(known_request(function, constants), broken, checks))
    return found


def _draw_usual(function: Function, rng: random.Random) -> Constants:
    """Draw some of the usual constants of ``function``."""
    return rng.choice(function.constants) if function.constants else {}


def documents() -> dict[str, str]:
    """Return the documents' texts by source."""
    return {row["source"]: row["text"] for row in _rows("documents.jsonl")}


def questions() -> list[QuestionCase]:
    """Return the questions about the documents."""
    return [QuestionCase(row["question"], row["gold"]) for row in _rows("questions.jsonl")]


def tool_requests(name: str) -> list[ToolCase]:
    """Return the requests for tools of a file."""
    return [
        ToolCase(row["text"], row["call"]["tool"], row["call"]["arguments"]) for row in _rows(name)
    ]


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
