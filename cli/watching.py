"""Printing what happens to a task while it is followed."""

from __future__ import annotations

from cli.following import Following
from cli.output import console, print_json
from cli.view.event_view import event_json, event_line
from cli.view.live_text import LiveText
from cli.view.task_view import exit_status, print_result, task_json
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb


async def watch_to_end(client: AgentClient, task: pb.Task, *, as_json: bool) -> int:
    """Follow a task to its end, print how it went, and return the exit status for it."""
    if not as_json:
        # Who interrupts the watching finds the task by its id: it goes on.
        console.print(f"task {task.task_id}", style="dim")
    following = Following(client, task.task_id)
    await print_events(following, as_json=None if as_json else False)
    ended = following.ended or task
    if as_json:
        print_json(task_json(ended, await client.messages(task.task_id)))
    else:
        print_result(console, ended)
    return exit_status(ended)


async def print_events(following: Following, *, as_json: bool | None) -> None:
    """Print events as JSON, as a timeline, or (None) not at all.

    On a terminal the timeline ends in what is being generated, while it is.
    """
    started = 0.0
    with LiveText(enabled=as_json is False and console.is_terminal) as live:
        async for each in following.updates(events_only=not live.enabled):
            if isinstance(each, pb.GeneratedText):
                live.show(each)
                continue
            live.clear()
            started = started or each.at.seconds + each.at.nanos / 1e9
            if as_json:
                print_json(event_json(each))
            elif as_json is False:
                console.print(event_line(each, started), soft_wrap=True)
