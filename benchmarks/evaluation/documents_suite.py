"""Questions on documents through the mesh: how many are answered rightly, or rightly declined."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import metadata

from benchmarks.evaluation.document_questions import DocumentQuestion
from benchmarks.evaluation.mesh import EvaluatedMesh
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

NAME = "questions on documents"
_MOST_CHARACTERS = 30_000
"""Of each document, so that the embedding of all of them takes seconds."""
_DECLINES = re.compile(
    r"\b(?:do(?:es)? not|don't|doesn't) (?:\w+ )?(?:answer|say|mention|specify|state)\b"
    r"|\bnot (?:\w+ )?(?:mentioned|specified|stated|answered)\b"
    r"|\bhold nothing about\b|\bno (?:information|mention)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """How a question was answered; ``declined``: as one that the documents do not answer."""

    question: str
    answerable: bool
    right: bool
    declined: bool
    seconds: float
    said: str


def description_of(package: str) -> str:
    """Return what an installed package says of itself. Raises: PackageNotFoundError."""
    return str(metadata(package).json["description"])[:_MOST_CHARACTERS]


def judge(question: DocumentQuestion, answer: str) -> tuple[bool, bool]:
    """Say whether an answer is right, and whether it declines the question."""
    lower = answer.lower()
    declined = bool(_DECLINES.search(answer))
    if not question.says:
        return declined, declined
    says = all(any(word in lower for word in group) for group in question.says)
    return says and not any(word in lower for word in question.but), declined


async def run(
    mesh: EvaluatedMesh,
    packages: Sequence[str],
    questions: Sequence[DocumentQuestion],
    progress: Callable[[Answered], None],
) -> list[Answered]:
    """Ingest the documents, and ask one question after the other."""
    for package in packages:
        await mesh.knowledge.ingest(f"{package}.md", description_of(package).encode())
    found = []
    for question in questions:
        found.append(await _ask(mesh, question))
        progress(found[-1])
    return found


def summary(found: Sequence[Answered]) -> dict[str, str]:
    """Return what is printed of all questions."""
    answerable = [each for each in found if each.answerable]
    others = [each for each in found if not each.answerable]
    return {
        "answerable, right": _share(answerable),
        "answerable, but declined": str(sum(each.declined for each in answerable)),
        "unanswerable, declined": _share(others),
        "seconds, mean": f"{statistics.mean(each.seconds for each in found):.1f}",
    }


async def _ask(mesh: EvaluatedMesh, question: DocumentQuestion) -> Answered:
    task, seconds = await mesh.run(question.text, "answer")
    right, declined = judge(question, task.result)
    ended = task.status == pb.TASK_STATUS_COMPLETED
    said = task.result or task.failure_message
    return Answered(
        question.text, bool(question.says), right and ended, declined and ended, seconds, said
    )


def _share(found: Sequence[Answered]) -> str:
    if not found:
        return "none asked"
    right = sum(each.right for each in found)
    return f"{right} of {len(found)} ({100 * right / len(found):.1f} %)"
