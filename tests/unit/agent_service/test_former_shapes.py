"""What earlier versions stored of events and messages is told in the fields of today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from hypothesis import given
from hypothesis import strategies as st

from agent_service.fronts.grpc.protobuf import event_to_proto, message_to_proto
from agent_service.storage.records import EventType, TaskEvent
from cli.view.event_view import left_out_text
from core.fitting import LeftOut
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

AT = "2026-01-01T00:00:00.000000+00:00"
PLACE = {"source": "a: b.md", "start_line": 1, "end_line": 12}
VERDICT = {"approved": False, "output": "no", "assertions": ["assert f(1)"]}
CALL = {"tool": "clock", "arguments": {"zone": "Rome"}, "ok": True, "output": "noon"}
KINDS = st.sampled_from(["passage", "request", "code", "failure", "output", "tool"])


def sent(sender: str, kind: str, payload: Mapping[str, Any]) -> pb.AgentMessage:
    """Return what a client gets of a message as version 5 stored it."""
    return message_to_proto(
        {
            **{"message_id": "t:0:message", "sender": sender, "recipient": "", "type": kind},
            **{"payload": payload, "hop_index": 0, "remaining_loops": 1},
            **{"correlation_id": "c", "sent_at": AT},
        }
    )


def without_content(message: pb.AgentMessage) -> pb.AgentMessage:
    """Return a message without what it says."""
    shell = pb.AgentMessage()
    shell.CopyFrom(message)
    shell.ClearField(str(message.WhichOneof("content")))
    return shell


def completed(role: str, **detail: Any) -> pb.TaskEvent:
    kind = EventType.HOP_COMPLETED
    return event_to_proto(TaskEvent(1, "t", 1, kind, AT, 0, role, 1, 2, detail))


@pytest.mark.parametrize(
    ("sender", "kind", "payload", "content"),
    [
        *(
            (
                "router",
                "task_assigned",
                {name: "code", "confidence": 0.9, "reason": "so"},
                {"workflow": "code", "confidence": 0.9, "reason": "so"},
            )
            for name in ("route", "workflow")
        ),
        ("researcher", "passages", {"passages": ["a: b.md:1-12"]}, {"places": [PLACE]}),
        ("researcher", "passages", {"passages": []}, {}),
        (
            "coder",
            "code",
            {"code": "x = 1", "cut_short": False},
            {"code": "x = 1", "cut_short": False},
        ),
        ("reviewer", "review", {**VERDICT, "remaining_loops": 1}, VERDICT),
        ("reviewer", "result", {**VERDICT, "remaining_loops": 0}, {"review": VERDICT}),
        ("operator", "tool_result", {**CALL, "data": {}}, {**CALL, "data": {}}),
        (
            "responder",
            "result",
            {"result": "noon", "sources": [PLACE]},
            {"text": "noon", "sources": [PLACE]},
        ),
        ("poet", "result", {"result": "noon", "route": 1}, {"result": "noon", "route": 1}),
    ],
)
def test_a_message_of_an_earlier_version_is_told(
    sender: str, kind: str, payload: dict[str, Any], content: dict[str, Any]
) -> None:
    whole = sent(sender, kind, payload)
    field = "custom" if sender == "poet" else kind
    assert whole == ParseDict({field: content}, without_content(whole))
    said = "the code did not fit; 1 of 8 passages fit"
    told = sent(sender, kind, {**payload, "left_out": said})
    assert [each.kind for each in told.left_out] == ["code", "passage"]
    del told.left_out[:]
    assert told == whole


def test_a_hop_of_an_earlier_version_is_told() -> None:
    found = completed("researcher", passages=["a: b.md:1-12", "c\nd:3-4"])
    assert list(found.hop_completed.passages.places) == [
        pb.Citation(**PLACE),
        pb.Citation(source="c\nd", start_line=3, end_line=4),
    ]
    wrote = completed("coder", code="x = 1", left_out="only a part of the failure fits")
    assert wrote.hop_completed.code.code == "x = 1"
    assert list(wrote.left_out) == [pb.LeftOut(kind="failure", total=1, shown=1, in_part=1)]
    own = completed("poet", passages=["a: b.md:1-12"])
    assert list(own.hop_completed.custom["passages"]) == ["a: b.md:1-12"]


@given(
    found=st.lists(
        st.builds(
            lambda kind, shown, in_part, missing: LeftOut(
                kind, shown + in_part + missing, shown + in_part, in_part
            ),
            KINDS,
            *[st.integers(0, 99)] * 3,
        ).filter(lambda out: out.total > out.shown or out.in_part),
        min_size=1,
    )
)
def test_a_sentence_about_what_was_left_out_says_all_of_it(found: Sequence[LeftOut]) -> None:
    typed = [pb.LeftOut(**asdict(each)) for each in found]
    told = completed("responder", left_out=left_out_text(typed))
    assert list(told.left_out) == typed


@pytest.mark.parametrize(
    ("role", "detail"),
    [
        ("responder", {"left_out": "some of it"}),
        ("researcher", {"passages": ["a.md"]}),
        ("researcher", {"passages": ["a.md:1"]}),
    ],
)
def test_what_no_version_stored_is_an_error(role: str, detail: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"names no place|does not say what was left out"):
        completed(role, **detail)
