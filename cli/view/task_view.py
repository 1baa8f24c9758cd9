"""A task as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from cli.output import DONE, FAILED, NEEDS_INPUT
from cli.view.scores_view import scores_sentence
from shared.clients.structs import from_struct
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

STATUS_STYLES = {
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
    "input_required": "magenta",
    "running": "cyan",
    "queued": "dim",
}
_EXIT_STATUS = {
    pb.TASK_STATUS_COMPLETED: DONE,
    pb.TASK_STATUS_FAILED: FAILED,
    pb.TASK_STATUS_CANCELLED: FAILED,
    pb.TASK_STATUS_INPUT_REQUIRED: NEEDS_INPUT,
}


def status_name(status: int) -> str:
    """Return a status in lower case, without its prefix."""
    return pb.TaskStatus.Name(status).removeprefix("TASK_STATUS_").lower()


def route_name(route: int) -> str:
    """Return a route in lower case; empty before the task is routed."""
    return "" if not route else pb.Route.Name(route).removeprefix("ROUTE_").lower()


def role_name(role: int) -> str:
    """Return a role in lower case; empty for the client."""
    return "" if not role else pb.Role.Name(role).removeprefix("ROLE_").lower()


def exit_status(task: pb.Task) -> int:
    """Return what a command that waited for the task exits with."""
    return _EXIT_STATUS.get(task.status, DONE)


def task_json(task: pb.Task, messages: Sequence[pb.AgentMessage]) -> dict[str, Any]:
    """Return a task with its messages as JSON."""
    return {
        **summary_json(task),
        "approved": task.approved if task.HasField("approved") else None,
        "result": task.result,
        "code": task.code,
        "sources": [
            {"source": each.source, "start_line": each.start_line, "end_line": each.end_line}
            for each in task.sources
        ],
        "hops": [
            {"index": hop.index, "role": role_name(hop.role), "attempt": hop.attempt}
            for hop in task.hops
        ],
        "remaining_loops": task.remaining_loops,
        "failure": (
            {"reason": task.failure_reason, "message": task.failure_message}
            if task.failure_reason
            else None
        ),
        "question": task.question,
        "messages": [message_json(each) for each in messages],
    }


def summary_json(task: pb.Task) -> dict[str, Any]:
    """Return what a list of tasks shows of a task."""
    return {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "status": status_name(task.status),
        "route": route_name(task.route),
        "route_confidence": task.route_confidence,
        "route_reason": task.route_reason,
        "route_scores": dict(task.route_scores),
        "collection": task.collection,
        "text": task.text,
        "created_at": iso(task.created_at),
        "updated_at": iso(task.updated_at),
        "forked_from": (
            {
                "task_id": task.forked_from_task_id,
                "checkpoint_id": task.forked_from_checkpoint_id,
            }
            if task.forked_from_task_id
            else None
        ),
    }


def message_json(message: pb.AgentMessage) -> dict[str, Any]:
    """Return an Agent2Agent message as JSON."""
    return {
        "message_id": message.message_id,
        "sender": role_name(message.sender),
        "recipient": role_name(message.recipient) or "client",
        "type": pb.MessageType.Name(message.type).removeprefix("MESSAGE_TYPE_").lower(),
        "payload": from_struct(message.payload),
        "hop_index": message.hop_index,
        "remaining_loops": message.remaining_loops,
        "correlation_id": message.correlation_id,
        "sent_at": iso(message.sent_at),
    }


def iso(moment: Timestamp) -> str:
    """Return a time as ISO 8601 in UTC; empty when it is not set."""
    return moment.ToJsonString() if moment.seconds else ""


def print_result(console: Console, task: pb.Task) -> None:
    """Print how a task ended."""
    name = status_name(task.status)
    ran_again = sum(hop.attempt - 1 for hop in task.hops)
    parts = [f"[{STATUS_STYLES[name]}]{name.replace('_', ' ')}[/]"]
    if task.HasField("approved"):
        parts.append("[green]approved[/]" if task.approved else "[yellow]not approved[/]")
    if ran_again:
        parts.append(f"[yellow]{ran_again} hop(s) run again after a crash or an outage[/]")
    console.print(" · ".join(parts))
    for piece in _body(task):
        console.print(piece)


def _body(task: pb.Task) -> list[RenderableType]:
    pieces: list[RenderableType] = []
    if task.code:
        pieces.append(Syntax(task.code, "python", background_color="default"))
    if task.result:
        pieces.append(Text(task.result))
    if task.sources:
        cited = ", ".join(f"{s.source}:{s.start_line}-{s.end_line}" for s in task.sources)
        pieces.append(Text(f"Sources: {cited}", style="dim"))
    if task.failure_reason:
        pieces.append(Text(f"{task.failure_reason}: {task.failure_message}", style="red"))
    if task.question:
        pieces.append(Text(task.question, style="magenta"))
        answer = f"mesh respond {task.task_id} --happened, or --did-not-happen"
        pieces.append(Text(f"Answer with: {answer}", style="dim"))
    return pieces


def task_table(tasks: Sequence[pb.Task]) -> Table:
    """Return a table of tasks."""
    table = Table(box=None, pad_edge=False)
    for column, width in (("TASK", 36), ("STATUS", 9), ("ROUTE", 6), ("CREATED", 19)):
        table.add_column(column, no_wrap=True, min_width=width)
    table.add_column("TEXT", no_wrap=True, overflow="ellipsis")
    for task in tasks:
        name = status_name(task.status)
        table.add_row(
            task.task_id,
            f"[{STATUS_STYLES[name]}]{name}[/]",
            route_name(task.route),
            task.created_at.ToDatetime().strftime("%Y-%m-%d %H:%M:%S"),
            escape(" ".join(task.text.split())),
        )
    return table


def details(task: pb.Task, messages: Sequence[pb.AgentMessage]) -> Group:
    """Return what `mesh show` prints above the result."""
    confidence = f" ({task.route_reason})" if task.route_reason else ""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("task", task.task_id),
        *_origin(task),
        ("correlation", task.correlation_id),
        ("route", f"{route_name(task.route)}{confidence}"),
        *_scores(task),
        *((("collection", task.collection),) if task.collection else ()),
        ("created", iso(task.created_at)),
        ("remaining loops", str(task.remaining_loops)),
        ("hops", " → ".join(_hop(hop) for hop in task.hops)),
    ):
        facts.add_row(f"[dim]{name}[/]", escape(value))
    exchanged = Table.grid(padding=(0, 2))
    for each in messages:
        shown = message_json(each)
        exchanged.add_row(
            f"[dim]{shown['hop_index']}[/]",
            f"{shown['sender']} → {shown['recipient']}",
            shown["type"],
        )
    return Group(facts, "", exchanged, "")


def _scores(task: pb.Task) -> list[tuple[str, str]]:
    return [("scores", scores_sentence(task.route_scores))] if task.route_scores else []


def _origin(task: pb.Task) -> list[tuple[str, str]]:
    if not task.forked_from_task_id:
        return []
    return [("forked from", f"{task.forked_from_task_id} at {task.forked_from_checkpoint_id}")]


def _hop(hop: pb.Hop) -> str:
    again = f" (attempt {hop.attempt})" if hop.attempt > 1 else ""
    return f"{role_name(hop.role)}{again}"
