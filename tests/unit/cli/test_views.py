"""What people and programs read of a task."""

from __future__ import annotations

from typing import Any

import pytest

from cli.output import SafeConsole
from cli.view.event_view import event_json, event_line
from cli.view.scores_view import score_lines
from cli.view.task_view import (
    details,
    exit_status,
    message_json,
    print_result,
    task_json,
    task_table,
)
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

DID_IT = pb.Question(text="Did it?", kind=pb.ANSWER_KIND_EFFECT, call_id="c")
ASKED = {"text": "Did it?", "kind": "ANSWER_KIND_EFFECT", "call_id": "c"}
HAPPENED = pb.Answer(effect=pb.EffectAnswer(happened=True))


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
    assert str(event_line(event, 0.0)).strip()
    shown = event_json(event)
    assert shown["sequence"] == 3
    assert shown["role"] == "coder"
    assert (shown["detail"], shown["left_out"]) == ({}, [])


ORIGIN = pb.ForkedFrom(task_id="t", checkpoint_id="c", inherited_hops=2)


@pytest.mark.parametrize(
    ("detail", "said", "shown"),
    [
        ({"accepted": pb.Accepted()}, "accepted", {"edited": []}),
        (
            {"accepted": pb.Accepted(forked_from=ORIGIN, edited=["code", "text"])},
            "forked from t after 2 hops, with another code, text",
            {
                "forked_from": {"task_id": "t", "checkpoint_id": "c", "inherited_hops": 2},
                "edited": ["code", "text"],
            },
        ),
        (
            {"routed": pb.Routed(workflow="code", confidence=1, reason="so", scores={"code": 1})},
            "takes the workflow code (so)",
            {"workflow": "code", "confidence": 1, "reason": "so", "scores": {"code": 1}},
        ),
        ({"hop_started": pb.HopStarted()}, "coder starts", {"skill": ""}),
        (
            {"hop_completed": pb.HopCompleted(code=pb.Code(code="x = 1"))},
            "coder done",
            {"code": {"code": "x = 1"}},
        ),
        (
            {"recovered": pb.Recovered(resumes_at_hop=1)},
            "recovered after a restart, goes on at hop 1",
            {"crashed": False, "resumes_at_hop": 1},
        ),
        ({"completed": pb.Completed()}, "completed", {}),
        ({"completed": pb.Completed(approved=False)}, "completed", {"approved": False}),
        (
            {"failed": pb.Failed(reason="DEADLINE_EXCEEDED", message="too long")},
            "failed: DEADLINE_EXCEEDED too long",
            {"reason": "DEADLINE_EXCEEDED", "message": "too long"},
        ),
        ({"cancelled": pb.Cancelled()}, "cancelled", {}),
        (
            {"input_required": pb.InputRequired(question=DID_IT)},
            "asks: Did it?",
            {"reason": "", "message": "", "question": ASKED},
        ),
        ({"waiting": pb.Waiting(message="full")}, "coder waits: full", {"message": "full"}),
        (
            {
                "responded": pb.Responded(
                    call_id="c", answer=pb.Answer(effect=pb.EffectAnswer(happened=True))
                )
            },
            "answered: the effect happened",
            {"call_id": "c", "answer": {"effect": {"happened": True, "output": ""}}},
        ),
        (
            {"retried": pb.Retried(failure_reason="X")},
            "tried again, goes on at hop 1",
            {"failure_reason": "X"},
        ),
    ],
)
def test_the_detail_of_an_event_is_told_to_people_and_programs(
    detail: dict[str, Any], said: str, shown: dict[str, Any]
) -> None:
    [name] = detail
    kind = f"EVENT_TYPE_{name.upper()}"
    event = pb.TaskEvent(type=kind, role="coder", attempt=1, hop_index=1, **detail)
    assert event_line(event, 0.0).plain.endswith(f" {said}")
    assert event_json(event)["detail"] == shown


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ([], "responder done"),
        ([pb.LeftOut(kind="passage", total=8, shown=3)], "responder done: 3 of 8 passages fit"),
        (
            [
                pb.LeftOut(kind="request", total=1, shown=1, in_part=1),
                pb.LeftOut(kind="code", total=1),
                pb.LeftOut(kind="passage", total=8, shown=3, in_part=1),
            ],
            "responder done: only a part of the request fits; the code did not fit; "
            "3 of 8 passages fit, 1 of them in part",
        ),
    ],
)
def test_what_the_model_did_not_see_stands_in_the_timeline(
    left_out: list[pb.LeftOut], said: str
) -> None:
    event = pb.TaskEvent(type=pb.EVENT_TYPE_HOP_COMPLETED, role="responder", attempt=1)
    event.left_out.extend(left_out)
    assert event_line(event, 0.0).plain.endswith(said)
    assert [each["kind"] for each in event_json(event)["left_out"]] == [
        each.kind for each in left_out
    ]


def test_the_json_of_a_message_tells_its_content_by_the_names_of_the_proto() -> None:
    message = pb.AgentMessage(type="tool_result", tool_result=pb.ToolResult(tool="clock", ok=True))
    message.tool_result.data.update({"hour": 16, "of": None})
    shown = message_json(message)
    assert shown["content"] == {
        "tool": "clock",
        "ok": True,
        "output": "",
        "data": {"hour": 16, "of": None},
        "thought": "",
        "answer": "",
    }
    own = pb.AgentMessage(type="poem")
    own.custom.update({"lines": 3})
    assert message_json(own)["content"] == {"lines": 3}
    assert type(message_json(own)["content"]["lines"]) is int
