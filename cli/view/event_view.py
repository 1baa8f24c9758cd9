"""An event of a task as JSON and as a line of a timeline."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from cli.view.task_view import iso, role_name
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
        "role": role_name(event.role),
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
    detail = from_struct(event.detail)
    role = role_name(event.role)
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    match event.type:
        case pb.EVENT_TYPE_ACCEPTED if "forked_from" in detail:
            origin = detail["forked_from"]
            edited = f", with another {', '.join(detail['edited'])}" if detail["edited"] else ""
            return f"forked from {origin['task_id']} after {origin['inherited_hops']} hops{edited}"
        case pb.EVENT_TYPE_HOP_STARTED:
            return f"{role} starts{again}"
        case pb.EVENT_TYPE_HOP_COMPLETED:
            return f"{role} done{again}"
        case pb.EVENT_TYPE_ROUTED:
            reason = detail.get("reason", "")
            return f"takes the route {detail.get('route', '')} ({reason})"
        case pb.EVENT_TYPE_RECOVERED:
            return f"recovered after a crash, goes on at hop {event.hop_index}"
        case pb.EVENT_TYPE_WAITING:
            return f"{role} waits: {detail.get('message', 'a service is away')}"
        case pb.EVENT_TYPE_FAILED:
            return f"failed: {detail.get('reason', '')} {detail.get('message', '')}".strip()
        case pb.EVENT_TYPE_INPUT_REQUIRED:
            return f"asks: {detail.get('question', detail.get('message', ''))}"
    return event_name(event)
