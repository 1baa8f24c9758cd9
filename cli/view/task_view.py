"""A task as JSON and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.styled import Styled
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from cli.age import age_text
from cli.output import DONE, FAILED, NEEDS_INPUT
from cli.view.question_view import print_question, question_json
from cli.view.scores_view import scores_sentence
from cli.view.wire_json import fields_json, iso, told
from cli.visible_text import first_line
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

STATUS_STYLES = {
    "completed": "green",
    "failed": "red",
    "cancelled": "yellow",
    "input_required": "magenta",
    "running": "cyan",
    "queued": "dim",
}
_LISTED_CHARACTERS, _SHOWN_CHARACTERS = 80, 500
_EXIT_STATUS = {
    pb.TASK_STATUS_COMPLETED: DONE,
    pb.TASK_STATUS_FAILED: FAILED,
    pb.TASK_STATUS_CANCELLED: FAILED,
    pb.TASK_STATUS_INPUT_REQUIRED: NEEDS_INPUT,
}


def status_name(status: int) -> str:
    """Return a status in lower case, without its prefix."""
    return pb.TaskStatus.Name(status).removeprefix("TASK_STATUS_").lower()


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
            {"index": hop.index, "role": hop.role, "attempt": hop.attempt} for hop in task.hops
        ],
        "remaining_loops": task.remaining_loops,
        "failure": (
            {"reason": task.failure_reason, "message": task.failure_message}
            if task.failure_reason
            else None
        ),
        "question": question_json(task.question) if task.HasField("question") else None,
        "messages": [message_json(each) for each in messages],
    }


def summary_json(task: pb.Task) -> dict[str, Any]:
    """Return what a list of tasks shows of a task."""
    return {
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "status": status_name(task.status),
        "workflow": task.workflow,
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
        "sender": message.sender,
        "recipient": message.recipient or "client",
        "type": message.type,
        "content": told(message, "content"),
        "left_out": [fields_json(each) for each in message.left_out],
        "hop_index": message.hop_index,
        "remaining_loops": message.remaining_loops,
        "correlation_id": message.correlation_id,
        "sent_at": iso(message.sent_at),
    }


def print_result(console: Console, task: pb.Task) -> None:
    """Print how a task ended."""
    name = status_name(task.status)
    ran_again = sum(hop.attempt - 1 for hop in task.hops)
    parts = [Text(name.replace("_", " "), STATUS_STYLES[name])]
    if task.HasField("approved"):
        parts.append(Text("approved", "green") if task.approved else Text("not approved", "yellow"))
    if ran_again:
        parts.append(Text(f"{ran_again} hop(s) run again after a crash or an outage", "yellow"))
    console.print(Text(" · ").join(parts))
    for piece in _body(task):
        console.print(piece)
    if task.HasField("question"):
        print_question(console, task)


def _body(task: pb.Task) -> list[RenderableType]:
    pieces: list[RenderableType] = []
    if task.code:
        pieces.append(Syntax(task.code, "python", background_color="default"))
    if task.result:
        pieces.append(task.result)
    if task.sources:
        cited = ", ".join(f"{s.source}:{s.start_line}-{s.end_line}" for s in task.sources)
        pieces.append(Styled(f"Sources: {cited}", "dim"))
    if task.failure_reason:
        pieces.append(Styled(f"{task.failure_reason}: {task.failure_message}", "red"))
    return pieces


def task_table(tasks: Sequence[pb.Task], now: float) -> Table:
    """Return a table of tasks, a line each; ``now`` is the present time in seconds."""
    table = Table(box=None, pad_edge=False)
    for column, width in (("TASK", 36), ("STATUS", 9), ("WORKFLOW", 8), ("AGE", 4)):
        table.add_column(column, no_wrap=True, min_width=width)
    # Rich takes room from the columns that may wrap, before it cuts any other; the text itself is
    # one line all the same.
    table.add_column("TEXT")
    for task in tasks:
        name = status_name(task.status)
        table.add_row(
            task.task_id,
            Text(name, STATUS_STYLES[name]),
            task.workflow,
            age_text(now - task.created_at.seconds),
            Text(
                first_line(task.text, _LISTED_CHARACTERS) or "…", no_wrap=True, overflow="ellipsis"
            ),
        )
    return table


def details(task: pb.Task, messages: Sequence[pb.AgentMessage]) -> Group:
    """Return what `mesh show` prints above the result."""
    confidence = f" ({task.route_reason})" if task.route_reason else ""
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("task", task.task_id),
        ("request", first_line(task.text, _SHOWN_CHARACTERS)),
        *_origin(task),
        ("correlation", task.correlation_id),
        ("workflow", f"{task.workflow}{confidence}"),
        *_scores(task),
        *((("collection", task.collection),) if task.collection else ()),
        ("created", iso(task.created_at)),
        ("remaining loops", str(task.remaining_loops)),
        ("hops", " → ".join(_hop(hop) for hop in task.hops)),
    ):
        facts.add_row(Text(name, "dim"), value)
    exchanged = Table.grid(padding=(0, 2))
    for each in messages:
        shown = message_json(each)
        exchanged.add_row(
            Text(str(shown["hop_index"]), "dim"),
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
    return f"{hop.role}{again}"
