"""HumanEval by the model alone, and the same requests through the mesh."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.evaluation import human_eval
from benchmarks.evaluation.attempt import Attempt, Comparison, Pair
from benchmarks.evaluation.human_eval import Problem
from benchmarks.evaluation.mesh import EvaluatedMesh
from core.code_text import extract_code
from core.ports import CallContext, ChatMessage, GenerationSettings
from tool_service.sandbox.sandbox import Sandbox

NAME = "HumanEval"
_MAX_TOKENS = 1024


async def compare(
    mesh: EvaluatedMesh, sandbox: Sandbox, problems: Sequence[Problem], progress: Any
) -> tuple[Comparison, list[str]]:
    """Ask for each problem both ways, one after the other; return the pairs and the task ids."""
    pairs, task_ids = [], []
    for problem in problems:
        alone = await _alone(mesh, sandbox, problem)
        through, task_id = await _through_mesh(mesh, sandbox, problem)
        pairs.append(Pair(alone, through))
        task_ids.append(task_id)
        progress(pairs[-1])
    return Comparison(NAME, pairs), task_ids


def with_tokens(found: Comparison, task_ids: Sequence[str], written: Any) -> Comparison:
    """Add the tokens that the model wrote for each task."""
    pairs = [
        replace(pair, mesh=replace(pair.mesh, tokens=written[task_id]))
        for pair, task_id in zip(found.pairs, task_ids, strict=True)
    ]
    return replace(found, pairs=pairs)


async def _alone(mesh: EvaluatedMesh, sandbox: Sandbox, problem: Problem) -> Attempt:
    """One chat completion at temperature 0; its code block counts."""
    started = time.monotonic()
    context = CallContext(f"alone-{uuid.uuid4()}", "evaluation", str(uuid.uuid4()))
    generation = await mesh.model.generate(
        [ChatMessage("user", problem.request)],
        GenerationSettings(max_tokens=_MAX_TOKENS),
        replace(context, deadline_seconds=600.0),
    )
    seconds = time.monotonic() - started
    code = extract_code(generation.text)
    right = await human_eval.is_right(sandbox, problem, code)
    return Attempt(problem.name, right, seconds, generation.completion_tokens, said=code)


async def _through_mesh(
    mesh: EvaluatedMesh, sandbox: Sandbox, problem: Problem
) -> tuple[Attempt, str]:
    task, seconds = await mesh.run(problem.request, "code")
    right = await human_eval.is_right(sandbox, problem, task.code)
    attempt = Attempt(problem.name, right, seconds, 0, approved=task.approved, said=task.code)
    return attempt, task.task_id
