"""What people and programs read of a task."""

from __future__ import annotations

import pytest

from cli.output import SafeConsole
from cli.view.event_view import event_json, event_line
from cli.view.scores_view import score_lines
from cli.view.task_view import details, exit_status, print_result, task_json, task_table
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb


def task(**fields: object) -> pb.Task:
    """Return a task with hops and a source."""
    made = pb.Task(
        task_id="01a1fc85-c72b-711a-becc-59c323955830",
        correlation_id="c",
        status=pb.TASK_STATUS_COMPLETED,
        workflow="code",
        hops=[pb.Hop(index=0, role="router", attempt=1)],
        sources=[pb.Citation(source="a.md", start_line=1, end_line=2)],
        **fields,
    )
    made.created_at.FromJsonString("2026-01-02T03:04:05Z")
    return made


def test_the_json_of_a_task_has_its_promised_keys() -> None:
    shown = task_json(task(code="x = 1", remaining_loops=1), [])
    promised = {
        *("task_id", "correlation_id", "status", "workflow", "approved", "result", "code"),
        *("sources", "hops", "remaining_loops", "messages"),
    }
    assert promised <= set(shown)
    assert shown["approved"] is None
    assert shown["hops"] == [{"index": 0, "role": "router", "attempt": 1}]
    assert task_json(task(approved=False), [])["approved"] is False


def test_why_a_task_took_its_route_is_shown() -> None:
    scores = {"answer": 0.06, "code": 0.91, "tool": 0.02, "direct": 0.01}
    shown = task(route_scores=scores, route_reason="confidence 0.91")
    assert task_json(shown, [])["route_scores"] == scores
    assert task_json(shown, [])["route_reason"] == "confidence 0.91"
    console = SafeConsole(width=100, record=True, force_terminal=False)
    console.print(details(shown, []))
    said = console.export_text()
    assert "confidence 0.91" in said
    assert "code 0.91, answer 0.06, tool 0.02, direct 0.01" in said


def test_a_closed_route_says_why_beside_its_score() -> None:
    lines = [line.plain for line in score_lines({"code": 0.25, "tool": 0.75}, {"code": "[x] down"})]
    assert lines[0] == f"  tool     {'█' * 30} 0.750"
    assert lines[1].endswith("0.250  closed: [x] down")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (pb.TASK_STATUS_COMPLETED, 0),
        (pb.TASK_STATUS_FAILED, 1),
        (pb.TASK_STATUS_CANCELLED, 1),
        (pb.TASK_STATUS_INPUT_REQUIRED, 3),
    ],
)
def test_the_exit_status_says_how_the_task_ended(status: pb.TaskStatus, code: int) -> None:
    assert exit_status(pb.Task(status=status)) == code


def test_text_of_a_task_is_printed_as_it_is_and_ids_are_never_cut() -> None:
    console = SafeConsole(width=80, record=True, force_terminal=False)
    asked = pb.Question(text="[/]", call_id="[/]")
    hostile = task(result="[red]not markup[/] [link=x]", text="[bold]" * 50, question=asked)
    print_result(console, hostile)
    console.print(task_table([hostile], 0.0))
    shown = console.export_text()
    assert "[red]not markup[/] [link=x]" in shown
    assert hostile.task_id in shown


@pytest.mark.parametrize("kind", [each for each in pb.EventType.values() if each])
def test_every_event_has_a_line_and_a_json_object(kind: pb.EventType) -> None:
    event = pb.TaskEvent(sequence=3, type=kind, role="coder", attempt=2, hop_index=1)
    event.detail.update({"workflow": "code", "reason": "because", "message": "it is away"})
    event.detail.update({"question": "what?", "answer": {"text": "that"}})
    assert str(event_line(event, 0.0)).strip()
    shown = event_json(event)
    assert shown["sequence"] == 3
    assert shown["role"] == "coder"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ({}, "responder done"),
        ({"left_out": "3 of 8 passages fit"}, "responder done: 3 of 8 passages fit"),
    ],
)
def test_what_the_model_did_not_see_stands_in_the_timeline(
    detail: dict[str, str], said: str
) -> None:
    event = pb.TaskEvent(type=pb.EVENT_TYPE_HOP_COMPLETED, role="responder", attempt=1)
    event.detail.update(detail)
    assert event_line(event, 0.0).plain.endswith(said)
    assert event_json(event)["detail"] == detail
