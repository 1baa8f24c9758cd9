"""mesh prune: deletes tasks that ended long ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from google.protobuf.duration_pb2 import Duration

from cli.age import parse_age
from cli.connection import channel, one_line_errors, run
from cli.output import USAGE, AsJson, console, errors, fail, print_json
from cli.view.task_view import status_name
from core.errors import MeshError, Unavailable
from shared.clients import AgentClient, ToolClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_ENDED = (
    pb.TASK_STATUS_COMPLETED,
    pb.TASK_STATUS_FAILED,
    pb.TASK_STATUS_CANCELLED,
    pb.TASK_STATUS_INPUT_REQUIRED,
)


def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Such as 30d, 12h, 90m, 45s.")
    ],
    status: Annotated[
        str, typer.Option(help="Only these, with commas between.")
    ] = "completed,failed,cancelled",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete ended tasks that are older, with their events, checkpoints and tool receipts.

    A repeat of such a task's submission, with the same correlation id, then runs anew.
    """
    with one_line_errors():
        age = parse_age(older_than)
    request = pb.PruneTasksRequest(older_than=_duration(age), dry_run=dry_run)
    request.statuses.extend(_status(word.strip()) for word in status.split(","))
    with errors.status("counting" if dry_run else "deleting"):
        total, calls = run(_prune(request))
    counts = {"tasks": total.tasks, "events": total.events, "checkpoints": total.checkpoints}
    if as_json:
        print_json({"dry_run": dry_run, **counts, "tool_calls": calls})
    else:
        words = [f"{number} {name}" for name, number in counts.items()]
        words += [] if dry_run else [f"{calls} tool calls"]
        console.print(f"{'Would delete' if dry_run else 'Deleted'} {', '.join(words)}.")


async def _prune(request: pb.PruneTasksRequest) -> tuple[pb.PruneTasksResponse, int]:
    """Call until nothing is due; each call leaves whole tasks only, so a cut one is no matter."""
    total, calls, kept = pb.PruneTasksResponse(), 0, ""
    async with channel("agent") as agent, channel("tool") as tool:
        while True:
            try:
                pruned = await AgentClient(agent).prune(request)
            except Unavailable as error:
                fail(f"the agent is not running, and only it deletes tasks: `mesh up` ({error})")
            total.tasks += pruned.tasks
            total.events += pruned.events
            total.checkpoints += pruned.checkpoints
            # The task goes first: a receipt without its task takes room, and a task that went on
            # without its receipt would repeat an effect.
            try:
                calls += await _forget(ToolClient(tool), pruned.task_ids)
            except MeshError as error:
                kept = str(error)
            if not pruned.more or not pruned.tasks:
                break
    if kept:
        errors.print(f"receipts of tool calls stay, which only take room: {kept}")
    return total, calls


async def _forget(tool: ToolClient, task_ids: Sequence[str]) -> int:
    return await tool.forget_calls(task_ids) if task_ids else 0


def _status(word: str) -> pb.TaskStatus:
    known = {status_name(value): value for value in _ENDED}
    if word not in known:
        fail(f"--status {word!r} is unknown; there are {', '.join(known)}", USAGE)
    return known[word]


def _duration(age: timedelta) -> Duration:
    duration = Duration()
    duration.FromTimedelta(age)
    return duration
