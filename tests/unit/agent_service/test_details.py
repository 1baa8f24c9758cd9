"""What events and messages say reaches clients in typed fields, whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseError

from agent_service.fronts.grpc.protobuf import event_to_proto, message_to_proto
from agent_service.storage.records import EventType, TaskEvent
from core.json_text import JsonError
from core.messages import MessageType
from core.roles.router import ROUTER
from core.workflows import BUILT_IN
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

from .all_that_happens import ARGUMENTS, DATA, Happened, all_that_happens
from .conftest import StartAgent
from .told import event_of, lost, message_of, over_the_wire

ROLES = {ROUTER, *(role.name for role in BUILT_IN.roles)}


def lost_of_event(event: TaskEvent) -> list[str]:
    told = over_the_wire(event_to_proto(event))
    detail = told[event.type.value]
    if event.type is EventType.HOP_COMPLETED:
        assert len(detail) <= 1, "one outcome"
        detail = next(iter(detail.values()), {})
    detail["left_out"] = told["left_out"]
    if event.type is EventType.INPUT_REQUIRED:
        kind = detail["question"]["kind"]
        detail["question"]["kind"] = kind.removeprefix("ANSWER_KIND_").lower()
    return list(lost(dict(event.detail), detail, event.type.value))


def lost_of_message(stored: Mapping[str, Any]) -> list[str]:
    told = over_the_wire(message_to_proto(stored))
    told["content"] = told.pop("custom" if "custom" in told else stored["type"])
    told["sent_at"] = stored["sent_at"]
    return list(lost(dict(stored), told, stored["type"]))


@pytest.fixture
async def happened(start_agent: StartAgent) -> Happened:
    """Return what is stored of all that can happen to tasks."""
    return await all_that_happens(start_agent)


async def test_nothing_that_is_stored_is_lost_on_the_way(happened: Happened) -> None:
    seen = [(each.type, each.role, bool(each.detail.get("left_out"))) for each in happened.events]
    assert {kind for kind, _, _ in seen} == set(EventType)
    assert {role for kind, role, _ in seen if kind is EventType.HOP_COMPLETED} == ROLES
    assert {role for _, role, left_out in seen if left_out} == {"responder", "coder"}
    for event in happened.events:
        assert lost_of_event(event) == []
    sent = [(each["sender"], each["type"]) for each in happened.messages]
    assert {sender for sender, _ in sent} == ROLES
    assert {kind for _, kind in sent} == set(MessageType)
    assert {("reviewer", "result"), ("responder", "result")} <= set(sent)
    for each in happened.messages:
        assert lost_of_message(each) == []


async def test_what_was_told_is_what_happened(happened: Happened) -> None:
    events = [event_to_proto(each) for each in happened.events]
    assert {str(each.WhichOneof("detail")) for each in events} == {str(kind) for kind in EventType}
    [asked] = {each.responded.answer.effect.output for each in events if each.HasField("responded")}
    assert asked == "as seen"
    [failed] = [each.failed for each in events if each.HasField("failed")]
    assert (failed.reason, failed.message) == ("PERMISSION_DENIED", "the server refuses the key")
    [operated, told] = [
        each.hop_completed.tool_result
        for each in events
        if each.hop_completed.HasField("tool_result")
    ]
    assert (operated.tool, operated.ok, operated.output) == ("clock", True, "noon")
    assert (told.tool, told.answer) == ("", "It is noon.")
    assert MessageToDict(operated.arguments) == ARGUMENTS
    assert not operated.HasField("data")
    messages = [message_to_proto(each) for each in happened.messages]
    [returned, _] = [each.tool_result for each in messages if each.HasField("tool_result")]
    assert MessageToDict(returned.data) == DATA
    reviewed = [each.result for each in messages if each.result.HasField("review")]
    assert all(each.text.startswith("The code passed") for each in reviewed)
    assert all(each.review.approved for each in reviewed)
    assert reviewed


def test_the_proto_has_a_field_for_every_type() -> None:
    details = pb.TaskEvent.DESCRIPTOR.oneofs_by_name["detail"].fields
    assert {field.name for field in details} == {str(kind) for kind in EventType}
    contents = pb.AgentMessage.DESCRIPTOR.oneofs_by_name["content"].fields
    assert {field.name for field in contents} == {*map(str, MessageType), "custom"}


OTHERS = (EventType.ACCEPTED, EventType.ROUTED, EventType.COMPLETED, EventType.RESPONDED)


@pytest.mark.parametrize(
    "event",
    [
        *(event_of(EventType.HOP_COMPLETED, role, {"sound": "moo"}) for role in sorted(ROLES)),
        *(event_of(kind, "", {"sound": "moo"}) for kind in OTHERS),
        event_of(EventType.HOP_STARTED, "coder", {"left_out": []}),
        event_of(EventType.HOP_COMPLETED, "coder", {"left_out": [{"kind": "code", "of": 1}]}),
        event_of(EventType.HOP_COMPLETED, "reviewer", {"approved": "yes"}),
        event_of(EventType.RECOVERED, "", {"resumes_at_hop": -1}),
        event_of(EventType.RECOVERED, "", {"resumes_at_hop": 2**32}),
    ],
    ids=lambda event: f"{event.type} {event.role} {dict(event.detail)}",
)
def test_what_the_proto_does_not_know_of_an_event_is_an_error(event: TaskEvent) -> None:
    with pytest.raises(ParseError):
        event_to_proto(event)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_the_proto_does_not_know_of_a_message_is_an_error(role: str) -> None:
    for kind in MessageType:
        with pytest.raises((ParseError, ValueError), match=r"sound|sends no message of the type"):
            message_to_proto(message_of(role, kind, {"sound": "moo"}))
    with pytest.raises(ValueError, match="sends no message of the type poem"):
        message_to_proto(message_of(role, "poem", {}))


@pytest.mark.parametrize("said", [{}, {"lines": 3, "sound": ["moo", None, {}]}])
def test_what_other_roles_say_is_carried_as_it_is(said: dict[str, Any]) -> None:
    left_out = [{"kind": "pond", "total": 2, "shown": 1, "in_part": 1}]
    done = event_to_proto(event_of(EventType.HOP_COMPLETED, "poet", {**said, "left_out": left_out}))
    assert MessageToDict(done.hop_completed.custom) == said
    assert [each.kind for each in done.left_out] == ["pond"]
    for kind in ("poem", MessageType.RESULT):
        sent = message_to_proto(message_of("poet", kind, said, left_out))
        assert (sent.type, sent.WhichOneof("content")) == (kind, "custom")
        assert MessageToDict(sent.custom) == said
        assert [each.kind for each in sent.left_out] == ["pond"]


def nested(levels: int) -> dict[str, Any]:
    """Return an object with this many levels, itself one, and a number inside."""
    return {"a": nested(levels - 1) if levels > 1 else 1}


def test_the_deepest_detail_that_is_told_can_be_read() -> None:
    for levels in range(1, 40):
        event = event_of(EventType.HOP_COMPLETED, "poet", nested(levels))
        try:
            told = event_to_proto(event)
        except JsonError:
            assert levels > 25
            break
        sent = pb.WatchTaskResponse(event=told).SerializeToString()
        read = pb.WatchTaskResponse.FromString(sent).event.hop_completed.custom
        assert MessageToDict(read) == nested(levels)
    else:
        pytest.fail("every depth is told")
