"""An event of a task as JSON and as a line of a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.text import Text

from cli.view.question_view import answer_sentence
from cli.view.wire_json import fields_json, iso, told
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
        "detail": told(event, "detail"),
        "left_out": [fields_json(each) for each in event.left_out],
    }


def event_line(event: pb.TaskEvent, started_seconds: float) -> Text:
    """Return an event as a line: seconds since the start, what happened, to whom."""
    mark, style = _MARKS.get(event.type, ("·", ""))
    at = event.at.seconds + event.at.nanos / 1e9
    line = Text(f"{max(0.0, at - started_seconds):8.3f}s  ", style="dim")
    line.append(f"{mark} ", style=style)
    line.append(_sentence(event), style=style)
    return line


def left_out_text(left_out: Iterable[pb.LeftOut]) -> str:
    """Say what a model did not see, a clause for each kind; empty when it saw all."""
    return "; ".join(_clause(each) for each in left_out)


def _clause(out: pb.LeftOut) -> str:
    if out.total == 1:
        return f"only a part of the {out.kind} fits" if out.shown else f"the {out.kind} did not fit"
    in_part = f", {out.in_part} of them in part" if out.in_part else ""
    return f"{out.shown} of {out.total} {out.kind}s fit{in_part}"


def _sentence(event: pb.TaskEvent) -> str:
    say = _SENTENCES.get(event.type)
    return event_name(event) if say is None else say(event)


def _accepted(event: pb.TaskEvent) -> str:
    if not event.accepted.HasField("forked_from"):
        return event_name(event)
    origin, channels = event.accepted.forked_from, event.accepted.edited
    edited = f", with another {', '.join(channels)}" if channels else ""
    return f"forked from {origin.task_id} after {origin.inherited_hops} hops{edited}"


def _routed(event: pb.TaskEvent) -> str:
    return f"takes the workflow {event.routed.workflow} ({event.routed.reason})"


def _hop(event: pb.TaskEvent) -> str:
    again = f" (attempt {event.attempt})" if event.attempt > 1 else ""
    what = "starts" if event.type == pb.EVENT_TYPE_HOP_STARTED else "done"
    left_out = f": {left_out_text(event.left_out)}" if event.left_out else ""
    return f"{event.role} {what}{again}{left_out}"


def _recovered(event: pb.TaskEvent) -> str:
    why = "a crash" if event.recovered.crashed else "a restart"
    return f"recovered after {why}, goes on at hop {event.hop_index}"


def _waiting(event: pb.TaskEvent) -> str:
    return f"{event.role} waits: {event.waiting.message or 'a service is away'}".strip()


def _failed(event: pb.TaskEvent) -> str:
    return f"failed: {event.failed.reason} {event.failed.message}".strip()


def _asks(event: pb.TaskEvent) -> str:
    return f"asks: {event.input_required.question.text}"


def _answered(event: pb.TaskEvent) -> str:
    return f"answered: {answer_sentence(event.responded.answer)}"


def _retried(event: pb.TaskEvent) -> str:
    return f"tried again, goes on at hop {event.hop_index}"


_SENTENCES: Mapping[int, Callable[[pb.TaskEvent], str]] = {
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
