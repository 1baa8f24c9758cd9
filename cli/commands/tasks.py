"""mesh submit, tasks, show, events, cancel, retry."""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from cli.connection import channel, one_line_errors, run
from cli.following import Following, submit_for_sure
from cli.output import USAGE, AsJson, console, errors, fail, print_json
from cli.standard_streams import read_input
from cli.view.task_view import (
    details,
    exit_status,
    print_result,
    status_name,
    summary_json,
    task_json,
    task_table,
)
from cli.watching import print_events, watch_to_end
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_LONGEST_SECONDS = 30 * 24 * 3600
_LAST_SEQUENCE = 2**63 - 1

Detach = Annotated[
    bool, typer.Option("--detach/--watch", help="Return at once, or wait for the end.")
]
TaskId = Annotated[str, typer.Argument(metavar="TASK_ID", help="The task's id.")]


def submit(
    text: Annotated[str, typer.Argument(help="What is asked; - reads it from stdin.")],
    detach: Detach = False,
    workflow: Annotated[
        str, typer.Option(help="Take this workflow instead of asking the router.")
    ] = "",
    correlation_id: Annotated[
        str, typer.Option(help="A UUID4: the same one again returns the same task.")
    ] = "",
    timeout: Annotated[
        float,
        typer.Option(
            min=0, max=_LONGEST_SECONDS, help="Seconds it may take, waiting included; 0: no limit."
        ),
    ] = 0.0,
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="The collection of documents to search.")
    ] = "",
    context: Annotated[
        str,
        typer.Option(help="The conversation that it goes on with; any name begins one."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Submit a task and watch it to its end."""
    with one_line_errors():
        wanted = read_input() if text == "-" else text
    request = pb.SubmitTaskRequest(
        text=wanted,
        correlation_id=correlation_id or str(uuid.uuid4()),
        workflow=workflow,
        collection=collection,
        context_id=context,
    )
    if not math.isfinite(timeout):
        fail("--timeout is no number of seconds", USAGE)
    if timeout:
        request.timeout.FromMilliseconds(max(1, round(1000 * timeout)))
    raise typer.Exit(run(_submit(request, detach=detach, as_json=as_json)))


def list_tasks(
    status: Annotated[str, typer.Option(help="Only tasks of this status.")] = "",
    workflow: Annotated[str, typer.Option(help="Only tasks of this workflow.")] = "",
    context: Annotated[str, typer.Option(help="Only tasks of this conversation.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first, a line each; --json has their whole texts."""
    known = [status_name(value) for value in pb.TaskStatus.values() if value]
    status = status.lower().replace("-", "_")
    if status and status not in known:
        fail(f"--status {status!r} is unknown; there are {', '.join(known)}", USAGE)
    request = pb.ListTasksRequest(
        page_size=min(limit, 100),
        status=f"TASK_STATUS_{(status or 'unspecified').upper()}",
        workflow=workflow,
        context_id=context,
        view=pb.TASK_VIEW_FULL if as_json else pb.TASK_VIEW_BASIC,
    )
    tasks = run(_pages(request, limit))
    if as_json:
        for task in tasks:
            print_json(summary_json(task))
    elif tasks:
        console.print_table(task_table(tasks, time.time()))
    else:
        errors.print("no tasks")


def show(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show a task: its way, its messages and its result."""
    task, messages = run(_show(task_id))
    if as_json:
        print_json(task_json(task, messages))
    else:
        console.print(details(task, messages))
        print_result(console, task)
    raise typer.Exit(exit_status(task))


def events(
    task_id: TaskId,
    from_sequence: Annotated[
        int, typer.Option("--from", min=1, max=_LAST_SEQUENCE, help="First sequence.")
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Print the events of a task, and follow it while it runs."""
    run(_events(task_id, from_sequence, as_json=as_json))


def cancel(task_id: TaskId, as_json: AsJson = False) -> None:
    """Cancel a task."""
    task = run(_cancel(task_id))
    if as_json:
        print_json(summary_json(task))
    else:
        console.print(f"{task.task_id} is {status_name(task.status)}")


def retry(task_id: TaskId, detach: Detach = False, as_json: AsJson = False) -> None:
    """Try a failed task again, from its last completed hop."""
    again = go_on(lambda client: client.retry(task_id), detach=detach, as_json=as_json)
    raise typer.Exit(run(again))


async def _submit(request: pb.SubmitTaskRequest, *, detach: bool, as_json: bool) -> int:
    async with channel("agent") as opened:
        client = AgentClient(opened)
        task = await submit_for_sure(client, request)
        if detach:
            ids = {"task_id": task.task_id, "correlation_id": task.correlation_id}
            if as_json:
                print_json(ids)
            else:
                console.print(task.task_id)
            return 0
        return await watch_to_end(client, task, as_json=as_json)


async def go_on(
    reopen: Callable[[AgentClient], Awaitable[pb.Task]], *, detach: bool, as_json: bool
) -> int:
    """Hand a task back to the queue by ``reopen`` and watch it, unless ``detach``."""
    async with channel("agent") as opened:
        client = AgentClient(opened)
        task = await reopen(client)
        if not detach:
            return await watch_to_end(client, task, as_json=as_json)
        if as_json:
            print_json(summary_json(task))
        else:
            console.print(f"{task.task_id} is {status_name(task.status)}")
        return 0


async def _events(task_id: str, from_sequence: int, *, as_json: bool) -> None:
    async with channel("agent") as opened:
        following = Following(AgentClient(opened), task_id, from_sequence)
        await print_events(following, as_json=as_json)


async def _pages(request: pb.ListTasksRequest, limit: int) -> list[pb.Task]:
    tasks: list[pb.Task] = []
    async with channel("agent") as opened:
        client = AgentClient(opened)
        while len(tasks) < limit:
            page = await client.page(request)
            tasks.extend(page.tasks)
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
    return tasks[:limit]


async def _show(task_id: str) -> tuple[pb.Task, list[pb.AgentMessage]]:
    async with channel("agent") as opened:
        client = AgentClient(opened)
        return await client.get(task_id), await client.messages(task_id)


async def _cancel(task_id: str) -> pb.Task:
    async with channel("agent") as opened:
        return await AgentClient(opened).cancel(task_id)
