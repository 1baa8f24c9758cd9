"""Odd values in details and contents: told whole, or refused; never told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseError
from hypothesis import example, given
from hypothesis import strategies as st

from agent_service.fronts.grpc.protobuf import event_to_proto, message_to_proto
from agent_service.storage.records import EventType
from core.json_text import JsonError, check_json
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

from .told import event_of, lost, message_of

TEXTS = st.text(st.characters(), max_size=8)  # surrogates too
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**53 + 1, 2**64, 10**400, -0.0, 1e308])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
CALLS = st.fixed_dictionaries(
    {"tool": TEXTS, "arguments": OBJECTS, "ok": st.booleans(), "output": TEXTS, "data": OBJECTS}
)
VERDICTS = st.fixed_dictionaries(
    {"approved": st.booleans(), "output": TEXTS, "assertions": st.lists(TEXTS, max_size=3)}
)
LINES = st.integers(-(2**33), 2**33) | st.sampled_from([0, 2**32 - 1, 2**32])
PLACES = st.fixed_dictionaries({"source": TEXTS, "start_line": LINES, "end_line": LINES})
SCORES = st.dictionaries(TEXTS, st.floats(0, 1) | NUMBERS, max_size=4)


def can_be_told(*values: Any) -> bool:
    """Say whether values can be JSON on the wire."""
    try:
        check_json(list(values), 32)
    except JsonError:
        return False
    return True


def as_doubles(value: Any) -> Any:
    """Return a value as a double-only wire brings it."""
    if isinstance(value, Mapping):
        return {key: as_doubles(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_doubles(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read(told: pb.TaskEvent | pb.AgentMessage) -> dict[str, Any]:
    """Return what a client reads."""
    return MessageToDict(
        type(told).FromString(told.SerializeToString()),
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )


@given(said=OBJECTS)
@example({"a": "\ud800"})
@example({"\udfff": 1})
@example({"a": [], "b": {}, "c": [[]], "d": None, "": ""})
@example({"a": float("nan")})
def test_what_another_role_says(said: dict[str, Any]) -> None:
    said.pop("left_out", None)
    event = event_of(EventType.HOP_COMPLETED, "poet", said)
    message = message_of("poet", "poem", said)
    if not can_be_told(said):
        for tell in (lambda: event_to_proto(event), lambda: message_to_proto(message)):
            assert refused(tell)
        return
    assert read(event_to_proto(event))["hop_completed"]["custom"] == as_doubles(said)
    assert read(message_to_proto(message))["custom"] == as_doubles(said)


@given(said=CALLS)
def test_what_the_operator_says(said: dict[str, Any]) -> None:
    message = message_of("operator", "tool_result", said)
    if not can_be_told(said):
        assert refused(lambda: message_to_proto(message))
        return
    assert list(lost(as_doubles(said), read(message_to_proto(message))["tool_result"])) == []


@given(said=VERDICTS, text=TEXTS)
@example({"approved": False, "output": "\ud800", "assertions": []}, "")
@example({"approved": True, "output": "", "assertions": ["\x00", ""]}, "\U0010ffff")
def test_what_the_reviewer_says(said: dict[str, Any], text: str) -> None:
    event = event_of(EventType.HOP_COMPLETED, "reviewer", said)
    result = {"text": text, "sources": [], "review": said}
    message = message_of("reviewer", "result", result)
    if not can_be_told(result):
        assert refused(lambda: message_to_proto(message))
        return
    assert read(event_to_proto(event))["hop_completed"]["review"] == said
    assert read(message_to_proto(message))["result"] == result


@given(places=st.lists(PLACES, max_size=3))
@example([])
@example([{"source": "a", "start_line": 2**32 - 1, "end_line": 2**32 - 1}])
def test_what_the_researcher_says(places: list[dict[str, Any]]) -> None:
    message = message_of("researcher", "passages", {"places": places})
    lines = [each[name] for each in places for name in ("start_line", "end_line")]
    if not can_be_told(places) or not all(0 <= line < 2**32 for line in lines):
        assert refused(lambda: message_to_proto(message))
        return
    assert read(message_to_proto(message))["passages"] == {"places": places}


@given(workflow=TEXTS, confidence=NUMBERS, scores=SCORES)
def test_what_the_router_decided(workflow: str, confidence: float, scores: dict[str, Any]) -> None:
    said = {"workflow": workflow, "confidence": confidence, "reason": "", "scores": scores}
    event = event_of(EventType.ROUTED, "router", said)
    if not can_be_told(said):
        assert refused(lambda: event_to_proto(event))
        return
    assert read(event_to_proto(event))["routed"] == as_doubles(said)


def refused(tell: Any) -> bool:
    """Say whether telling is refused for what is told."""
    try:
        tell()
    except (JsonError, ParseError):
        return True
    return False
