"""mesh history, diff, fork."""

from __future__ import annotations

import json
import uuid
from typing import Annotated

import typer
from rich.syntax import Syntax

from cli.checkpoint_names import checkpoint_ids
from cli.commands.tasks import TaskId
from cli.connection import channel, run
from cli.edits import parse_edits
from cli.following import for_sure
from cli.output import AsJson, console, errors, print_json
from cli.view.history_view import (
    change_json,
    change_lines,
    checkpoint_json,
    checkpoint_table,
    state_json,
)
from cli.view.task_view import summary_json
from cli.watching import watch_to_end
from shared.clients import AgentClient, HistoryClient
from shared.clients.structs import from_struct, to_struct
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_NAME = "a hop's number, start, a checkpoint's id, or how it begins"


def history(
    task_id: TaskId,
    at: Annotated[
        str, typer.Argument(metavar="[CHECKPOINT]", help=f"Show the state at {_NAME}.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List the checkpoints of a task, newest first, or show the state at one of them."""
    if at:
        found = run(_get(task_id, at))
        if as_json:
            print_json(state_json(found))
        else:
            console.print_table(checkpoint_table([found.checkpoint]))
            state = json.dumps(from_struct(found.state), ensure_ascii=False, indent=2)
            console.print(Syntax(state, "json", background_color="default", word_wrap=True))
        return
    checkpoints = run(_list(task_id))
    if as_json:
        for each in checkpoints:
            print_json(checkpoint_json(each))
    elif checkpoints:
        console.print_table(checkpoint_table(checkpoints))
    else:
        errors.print("no checkpoints yet")


def diff(
    task_id: TaskId,
    first: Annotated[str, typer.Argument(metavar="FROM", help=f"Compare {_NAME},")],
    second: Annotated[str, typer.Argument(metavar="TO", help="with another one.")],
    to_task: Annotated[
        str, typer.Option(metavar="TASK_ID", help="The task of TO, such as a fork of the first.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what changed between two checkpoints."""
    changes = run(_diff(task_id, first, to_task or task_id, second))
    for change in changes:
        if as_json:
            print_json(change_json(change))
            continue
        for line in change_lines(change):
            console.print(line, soft_wrap=True)
    if not changes and not as_json:
        errors.print("nothing changed")


def fork(
    task_id: TaskId,
    at: Annotated[
        str, typer.Option(metavar="CHECKPOINT", help=f"Go on from the state at {_NAME}.")
    ],
    edits: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="CHANNEL=VALUE",
            help="Start with another value: JSON, else taken as text, or @FILE for a file's text.",
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for the end instead of returning at once.")
    ] = False,
    correlation_id: Annotated[
        str, typer.Option(help="A UUID4: the same one again returns the same fork.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a new task that goes on from an old checkpoint; the old task stays as it is."""
    status = run(
        _fork(
            task_id,
            at,
            edits or [],
            correlation_id=correlation_id or str(uuid.uuid4()),
            follow=follow,
            as_json=as_json,
        )
    )
    raise typer.Exit(status)


async def _list(task_id: str) -> list[pb.Checkpoint]:
    async with channel("agent") as opened:
        return [each async for each in HistoryClient(opened).checkpoints(task_id)]


async def _get(task_id: str, at: str) -> pb.GetCheckpointResponse:
    async with channel("agent") as opened:
        client = HistoryClient(opened)
        [checkpoint_id] = await checkpoint_ids(client, task_id, at)
        return await client.get(task_id, checkpoint_id)


async def _diff(task_id: str, first: str, to_task_id: str, second: str) -> list[pb.StateChange]:
    async with channel("agent") as opened:
        client = HistoryClient(opened)
        [from_id] = await checkpoint_ids(client, task_id, first)
        [to_id] = await checkpoint_ids(client, to_task_id, second)
        return await client.diff(
            pb.DiffCheckpointsRequest(
                task_id=task_id,
                from_checkpoint_id=from_id,
                to_task_id=to_task_id,
                to_checkpoint_id=to_id,
            )
        )


async def _fork(
    task_id: str, at: str, edits: list[str], *, correlation_id: str, follow: bool, as_json: bool
) -> int:
    values = to_struct(parse_edits(edits))
    async with channel("agent") as opened:
        client = HistoryClient(opened)
        [checkpoint_id] = await checkpoint_ids(client, task_id, at)
        request = pb.ForkTaskRequest(
            task_id=task_id,
            checkpoint_id=checkpoint_id,
            edits=values,
            correlation_id=correlation_id,
        )
        task = await for_sure(lambda: client.fork(request))
        if follow:
            return await watch_to_end(AgentClient(opened), task, as_json=as_json)
        if as_json:
            print_json(summary_json(task))
        else:
            console.print(task.task_id)
        return 0
