"""`make model-eval`: what the bundled model reaches, measured by running what it writes.

Exits 1 when a rate is under its floor. The floors are what was reached, less a little: they guard
against a regression, the targets say where to go.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.model_evaluation import cases
from benchmarks.model_evaluation.kinds import Rate, answers, end_to_end, first_answers, tool_calls
from benchmarks.model_evaluation.services import open_bench
from core.routing import Route
from llm_service.config import BUNDLED_MODEL

_HELD_OUT_COUNT = 150


@dataclass(frozen=True, slots=True)
class Goal:
    """In a hundred: what the project wants, and what it must not fall under."""

    target: float | None
    floor: float


TUNED = "tool calls of the tuning file, exact"
GOALS = {
    "held-out combinations, known wordings": Goal(95, 97),
    "free wordings, the model's first answer": Goal(85, 38),
    "tasks: approved and right": Goal(85, 35),
    "approvals that were deserved": Goal(None, 61),
    "code tasks: approved and right": Goal(None, 44),
    "code tasks: approvals deserved": Goal(None, 61),
    "tool calls, exact": Goal(95, 43),
    TUNED: Goal(None, 95),
    "answers with the gold sentence": Goal(85, 90),
    "unanswerable, declined": Goal(90, 87),
}


def main() -> int:
    """Print the rates; return 1 when one is under its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED_MODEL)
    parser.add_argument("--wrong", action="store_true", help="list what came out wrong")
    parser.add_argument(
        "--tuning", action="store_true", help="the tool requests that rules are chosen on, alone"
    )
    arguments = parser.parse_args()
    measure = _tune if arguments.tuning else _measure
    rates = asyncio.run(measure(arguments.model))
    held = True
    for name in rates:
        goal = GOALS[name]
        rate = rates[name]
        target = "" if goal.target is None else f"target {goal.target:g} %"
        verdict = "" if rate.percent >= goal.floor else f"  UNDER THE FLOOR of {goal.floor:g} %"
        held = held and not verdict
        counts = f"{rate.right}/{rate.asked}"
        sys.stdout.write(f"{name:42}{counts:>9}{rate.percent:7.1f} %  {target}{verdict}\n")
        if arguments.wrong:
            sys.stdout.writelines(f"    {line}\n" for line in rate.wrong)
    return 0 if held else 1


async def _tune(model: Path) -> dict[str, Rate]:
    with tempfile.TemporaryDirectory(prefix="mesh-model-eval-") as folder:
        async with open_bench(model, Path(folder)) as bench:
            return {TUNED: await tool_calls(bench, cases.tuning_tool_requests())}


async def _measure(model: Path) -> dict[str, Rate]:
    with tempfile.TemporaryDirectory(prefix="mesh-model-eval-") as folder:
        async with open_bench(model, Path(folder)) as bench:
            free = cases.free_wordings()
            routed, deserved = await end_to_end(bench, free)
            as_code, as_code_deserved = await end_to_end(bench, free, Route.CODE)
            return {
                "held-out combinations, known wordings": await first_answers(
                    bench, cases.held_out_combinations(_HELD_OUT_COUNT)
                ),
                "free wordings, the model's first answer": await first_answers(bench, free),
                "tasks: approved and right": routed,
                "approvals that were deserved": deserved,
                "code tasks: approved and right": as_code,
                "code tasks: approvals deserved": as_code_deserved,
                "tool calls, exact": await tool_calls(bench, cases.tool_requests()),
                **await answers(bench),
            }


if __name__ == "__main__":
    sys.exit(main())
