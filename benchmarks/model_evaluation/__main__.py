"""`make model-eval`: what the bundled model reaches, measured by running what it writes.

Exits 1 when a rate is under its floor. The floors are what was reached, less a little: they guard
against a regression, the targets say where to go.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.model_evaluation import cases
from benchmarks.model_evaluation.kinds import (
    Rate,
    answers,
    end_to_end,
    first_answers,
    repairs,
    tool_calls,
)
from benchmarks.model_evaluation.services import Bench, open_bench
from llm_service.config import BUNDLED_MODEL

_KNOWN_COUNT, _HELD_OUT_COUNT, _REPAIR_COUNT = 150, 300, 100
_OWN, _OTHER = "first file", "second file"
_FREE = {_OWN: "free_wordings.jsonl", _OTHER: "free_wordings_2.jsonl"}
_TOOLS = {_OWN: "tool_requests.jsonl", _OTHER: "tool_requests_2.jsonl"}
_TUNED = "tool calls of the tuning file, exact"


@dataclass(frozen=True, slots=True)
class Goal:
    """In a hundred: what the project wants, and what it must not fall under."""

    target: float | None
    floor: float


GOALS = {
    "known functions, known wordings": Goal(None, 97),
    "held-out combinations, known wordings": Goal(95, 97),
    "repairs from a failing assertion": Goal(None, 95),
    "held-out wordings: approved and right": Goal(None, 68),
    "held-out wordings: approvals deserved": Goal(None, 82),
    f"{_OWN}: the model's first answer": Goal(85, 62),
    f"{_OWN}: tasks approved and right": Goal(85, 85),
    f"{_OWN}: approvals deserved": Goal(None, 92),
    f"{_OWN}: code tasks approved and right": Goal(None, 90),
    f"{_OTHER}: the model's first answer": Goal(85, 47),
    f"{_OTHER}: tasks approved and right": Goal(85, 74),
    f"{_OTHER}: approvals deserved": Goal(None, 85),
    f"{_OTHER}: code tasks approved and right": Goal(None, 79),
    f"{_OWN}: tool calls, exact": Goal(95, 96),
    f"{_OTHER}: tool calls, exact": Goal(95, 93),
    _TUNED: Goal(None, 95),
    "answers with the gold sentence": Goal(85, 90),
    "unanswerable, declined": Goal(90, 87),
}


def main() -> int:
    """Print the rates; return 1 when one is under its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED_MODEL)
    parser.add_argument("--wrong", action="store_true", help="list what came out wrong")
    parser.add_argument(
        "--tuning", action="store_true", help="what rules and thresholds are chosen on, alone"
    )
    arguments = parser.parse_args()
    return asyncio.run(_print(arguments.model, tuning=arguments.tuning, wrong=arguments.wrong))


async def _print(model: Path, *, tuning: bool, wrong: bool) -> int:
    held = True
    with tempfile.TemporaryDirectory(prefix="mesh-model-eval-") as folder:
        async with open_bench(model, Path(folder)) as bench:
            measured = _tuning_rates(bench) if tuning else _rates(bench)
            async for name, rate in measured:
                held &= _say(name, rate, wrong=wrong)
    return 0 if held else 1


def _say(name: str, rate: Rate, *, wrong: bool) -> bool:
    goal = GOALS[name]
    target = "" if goal.target is None else f"target {goal.target:g} %"
    under = rate.percent < goal.floor
    verdict = f"  UNDER THE FLOOR of {goal.floor:g} %" if under else ""
    counts = f"{rate.right}/{rate.asked}"
    sys.stdout.write(f"{name:44}{counts:>9}{rate.percent:7.1f} %  {target}{verdict}\n")
    if wrong:
        sys.stdout.writelines(f"    {line}\n" for line in rate.wrong)
    sys.stdout.flush()
    return not under


async def _tuning_rates(bench: Bench) -> AsyncIterator[tuple[str, Rate]]:
    requests = cases.tool_requests("tuning_tool_requests.jsonl")
    yield _TUNED, await tool_calls(bench, requests)


async def _rates(bench: Bench) -> AsyncIterator[tuple[str, Rate]]:
    known = cases.known_functions(_KNOWN_COUNT)
    yield "known functions, known wordings", await first_answers(bench, known)
    unseen = cases.held_out_combinations(_KNOWN_COUNT)
    yield "held-out combinations, known wordings", await first_answers(bench, unseen)
    yield "repairs from a failing assertion", await repairs(bench, cases.repairs(_REPAIR_COUNT))
    held_out = cases.held_out_wordings(_HELD_OUT_COUNT)
    right, deserved = await end_to_end(bench, held_out, "code")
    yield "held-out wordings: approved and right", right
    yield "held-out wordings: approvals deserved", deserved
    for name, file in _FREE.items():
        async for rate in _free_rates(bench, name, cases.free_wordings(file)):
            yield rate
    for name, file in _TOOLS.items():
        yield f"{name}: tool calls, exact", await tool_calls(bench, cases.tool_requests(file))
    for name, answered in (await answers(bench)).items():
        yield name, answered


async def _free_rates(
    bench: Bench, name: str, free: list[cases.CodeCase]
) -> AsyncIterator[tuple[str, Rate]]:
    yield f"{name}: the model's first answer", await first_answers(bench, free)
    right, deserved = await end_to_end(bench, free)
    yield f"{name}: tasks approved and right", right
    yield f"{name}: approvals deserved", deserved
    as_code, _ = await end_to_end(bench, free, "code")
    yield f"{name}: code tasks approved and right", as_code


if __name__ == "__main__":
    sys.exit(main())
