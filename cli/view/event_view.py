"""An event of a task as JSON and as a line of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from cli.view.question_view import answer_sentence
from cli.view.task_view import iso
from shared.clients.structs import from_struct
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_MARKS = {
    pb.EVENT_TYPE_ACCEPTED: ("●", "bold"),
    pb.EVENT_TYPE_ROUTED: ("◆", "cyan"),
    pb.EVENT_TYPE_HOP_STARTED: ("▸", "dim"),
    pb.EVENT_TYPE_HOP_COMPLETED: ("✓", "green"),
    pb.EVENT_TYPE_RECOVERED: ("↻", "bold yellow"),
    pb.EVENT_TYPE_WAITING: ("…", "yellow"),
    pb.EVENT_TYPE_COMPLETED: ("■", "bold green"),
    pb.EVENT_TYPE_FAILED: ("■", "bold red"),
    pb.EVENT_TYPE_CANCELLED: ("■", "bold yellow"),
    pb.EVENT_TYPE_INPUT_REQUIRED: ("?", "bold magenta"),
    pb.EVENT_TYPE_RESPONDED: ("!", "bold magenta"),
    pb.EVENT_TYPE_RETRIED: ("↻", "bold yellow"),
}


def event_name(event: pb.TaskEvent) -> str:
    """Return the type of an event in lower case."""
    return pb.EventType.Name(event.type).removeprefix("EVENT_TYPE_").lower()


def event_json(event: pb.TaskEvent) -> dict[str, Any]:
    """Return an event as JSON."""
    return {
        "sequence": event.sequence,
        "type": event_name(event),
        "at": iso(event.at),
        "hop_index": event.hop_index,
        "role": event.role,
        "attempt": event.attempt,
        "remaining_loops": event.remaining_loops,
        "detail": from_struct(event.detail),
    }


def event_line(event: pb.TaskEvent, started_seconds: float) -> Text:
    """Return an event as a line: seconds since the start, what happened, to whom."""
    mark, style = _MARKS.get(event.type, ("·", ""))
    at = event.at.seconds + event.at.nanos / 1e9
    line = Text(f"{max(0.0, at - started_seconds):8.3f}s  ", style="dim")
    line.append(f"{mark} ", style=style)
    line.append(_sentence(event), style=style)
    return line


def _sentence(event: pb.TaskEvent) -> str:
    say = _SENTENCES.get(event.type)
    return event_name(event) if say is None else say(event, from_struct(event.detail))


Detail = Mapping[str, Any]


def _accepted(event: pb.TaskEvent, detail: Detail) -> str:
    if "forked_from" not in detail:
        return event_name(event)
    origin = detail["forked_from"]
    edited = f", with another {', '.join(detail['edited'])}" if detail["edited"] else ""
    return f"forked from {origin['task_id']} after {origin['inherited_hops']} hops{edited}"


def _routed(event: pb.TaskEvent, detail: Detail) -> str:
    return f"takes the workflow {detail.get('workflow', '')} ({detail.get('reason', '')})"


def _hop(event: pb.TaskEvent, detail: Detail) -> str:
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    what = "starts" if event.type == pb.EVENT_TYPE_HOP_STARTED else "done"
    left_out = f": {detail['left_out']}" if "left_out" in detail else ""
    return f"{event.role} {what}{again}{left_out}"


def _recovered(event: pb.TaskEvent, detail: Detail) -> str:
    why = "a crash" if detail.get("crashed", True) else "a restart"
    return f"recovered after {why}, goes on at hop {event.hop_index}"


def _waiting(event: pb.TaskEvent, detail: Detail) -> str:
    return f"{event.role} waits: {detail.get('message', 'a service is away')}".strip()


def _failed(event: pb.TaskEvent, detail: Detail) -> str:
    return f"failed: {detail.get('reason', '')} {detail.get('message', '')}".strip()


def _asks(event: pb.TaskEvent, detail: Detail) -> str:
    return f"asks: {detail.get('question', '')}"


def _answered(event: pb.TaskEvent, detail: Detail) -> str:
    return f"answered: {answer_sentence(detail.get('answer', {}))}"


def _retried(event: pb.TaskEvent, detail: Detail) -> str:
    return f"tried again, goes on at hop {event.hop_index}"


_SENTENCES: Mapping[int, Callable[[pb.TaskEvent, Detail], str]] = {
    pb.EVENT_TYPE_ACCEPTED: _accepted,
    pb.EVENT_TYPE_ROUTED: _routed,
    pb.EVENT_TYPE_HOP_STARTED: _hop,
    pb.EVENT_TYPE_HOP_COMPLETED: _hop,
    pb.EVENT_TYPE_RECOVERED: _recovered,
    pb.EVENT_TYPE_WAITING: _waiting,
    pb.EVENT_TYPE_FAILED: _failed,
    pb.EVENT_TYPE_INPUT_REQUIRED: _asks,
    pb.EVENT_TYPE_RESPONDED: _answered,
    pb.EVENT_TYPE_RETRIED: _retried,
}
