"""Tasks on files through the mesh: how many end rightly, and how many claim what never was."""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.evaluation.mesh import EvaluatedMesh
from benchmarks.evaluation.workspace_tasks import WorkspaceTask
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

NAME = "workspace tasks"
_CHANGES = {"write_file", "append_line"}
_CLAIM = re.compile(
    r"\b(wrote|written|added|appended|created|copied|replaced|saved|swapped|joined|changed)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task ended; ``false_claim``: it says that it changed something, and no call did."""

    request: str
    right: bool
    false_claim: bool
    calls: int
    seconds: float
    said: str


async def run(
    mesh: EvaluatedMesh,
    workspace: Path,
    tasks: Sequence[WorkspaceTask],
    progress: Callable[[Ended], None],
) -> list[Ended]:
    """Run the tasks one after the other, each in a workspace of its own files."""
    found = []
    for task in tasks:
        _lay(workspace, task)
        found.append(await _run(mesh, workspace, task))
        progress(found[-1])
    return found


def summary(found: Sequence[Ended]) -> dict[str, str]:
    """Return what is printed of all tasks."""
    right, claims = sum(each.right for each in found), sum(each.false_claim for each in found)
    return {
        "right": f"{right} of {len(found)} ({100 * right / len(found):.1f} %)",
        "claims of what did not happen": str(claims),
        "tool calls, mean": f"{statistics.mean(each.calls for each in found):.1f}",
        "seconds, mean": f"{statistics.mean(each.seconds for each in found):.1f}",
    }


async def _run(mesh: EvaluatedMesh, workspace: Path, wanted: WorkspaceTask) -> Ended:
    task, seconds = await mesh.run(wanted.request, "tool")
    sent = await mesh.agent.messages(task.task_id)
    calls = [each.tool_result for each in sent if each.tool_result.tool]
    changed = any(call.ok and call.tool in _CHANGES for call in calls)
    return Ended(
        wanted.request,
        right=task.status == pb.TASK_STATUS_COMPLETED
        and wanted.check(_read(workspace), task.result),
        false_claim=bool(_CLAIM.search(task.result)) and not changed,
        calls=len(calls),
        seconds=seconds,
        said=task.result or task.failure_message,
    )


def _lay(workspace: Path, task: WorkspaceTask) -> None:
    for path in workspace.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name, text in task.files.items():
        path = workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _read(workspace: Path) -> dict[str, str]:
    return {
        str(path.relative_to(workspace)): path.read_text(encoding="utf-8", errors="replace")
        for path in workspace.rglob("*")
        if path.is_file()
    }
