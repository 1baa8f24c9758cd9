"""What events and messages say, from the JSON that is stored to the typed fields of the proto.

The field that is set has the name of the event's type, or of the message's. Of a completed hop, and
of a message, the role decides: what the built-in ones say has a type each, and what any other role
says is carried as it is. A key that the proto does not know is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import ParseError
from google.protobuf.message import Message

from agent_service.fronts.grpc.former_shapes import (
    present_detail,
    present_message,
    present_question,
)
from agent_service.fronts.grpc.questions import answer_kind
from agent_service.storage.records import EventType, TaskEvent
from core.hops import LEFT_OUT
from core.json_text import check_json
from core.messages import MessageType
from core.roles.coder import CODER
from core.roles.operator import OPERATOR
from core.roles.researcher import RESEARCHER
from core.roles.responder import RESPONDER
from core.roles.reviewer import REVIEWER
from core.roles.router import ROUTER
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

CUSTOM = "custom"
"""The field of what a role says that is not built in."""

_SEEN = {
    ROUTER: "",
    RESEARCHER.name: "passages",
    CODER.name: "code",
    REVIEWER.name: "review",
    OPERATOR.name: "tool_result",
    RESPONDER.name: "",
}
"""The field of `HopCompleted` for each built-in role; empty: there is nothing to tell."""

_SENT = {
    ROUTER: {MessageType.TASK_ASSIGNED},
    RESEARCHER.name: {MessageType.PASSAGES},
    CODER.name: {MessageType.CODE},
    REVIEWER.name: {MessageType.REVIEW, MessageType.RESULT},
    OPERATOR.name: {MessageType.TOOL_RESULT},
    RESPONDER.name: {MessageType.RESULT},
}
"""The types of the messages that each built-in role sends."""

_DEPTH = 32  # levels of JSON, the typed fields counted; protobuf reads 100, three for an object


def fill_detail(message: pb.TaskEvent, event: TaskEvent) -> None:
    """Set the detail of an event, and what was left out.

    Raises: ParseError (the proto has no such field), JsonError (no JSON of the wire).
    """
    detail = dict(event.detail)
    values: dict[str, Any] = {}
    if event.type is EventType.HOP_COMPLETED:
        detail = present_detail(event.role, detail)
        values[LEFT_OUT] = detail.pop(LEFT_OUT, [])
        field = _SEEN.get(event.role, CUSTOM)
        detail = {field: detail} if field else detail
    _check(detail)
    if event.type is EventType.INPUT_REQUIRED:
        detail = _asked(detail)
    if event.type is EventType.RESPONDED:
        detail = _answered(detail)
    _fill(message, {**values, event.type.value: detail})


def _asked(detail: dict[str, Any]) -> dict[str, Any]:
    asked = present_question(detail["question"])
    question = {**asked, "kind": answer_kind(asked["kind"])}
    if "payload" in asked:
        question["payload"] = to_value(asked["payload"])
    return {**detail, "question": question}


def _answered(detail: dict[str, Any]) -> dict[str, Any]:
    answer = detail.get("answer", {})
    if "value" not in answer:
        return detail
    return {**detail, "answer": {"value": to_value(answer["value"])}}


def fill_content(message: pb.AgentMessage, stored: Mapping[str, Any]) -> None:
    """Set the content of a message of the state, and what was left out.

    Raises: ParseError (the proto has no such field), JsonError (no JSON of the wire), ValueError (a
    built-in role sends no messages of this type).
    """
    said = present_message(stored)
    sender, field = said["sender"], said["type"]
    if sender not in _SENT:
        field = CUSTOM
    elif field not in _SENT[sender]:
        raise ValueError(f"the {sender} sends no message of the type {field}")
    _check(said["content"])
    _fill(message, {field: said["content"], LEFT_OUT: said[LEFT_OUT]})


def _check(told: Mapping[str, Any]) -> None:
    check_json(told, _DEPTH)


def _fill(message: Message, values: Mapping[str, Any]) -> None:
    """Set fields by name: a message made of objects takes a quarter of the time of one of JSON."""
    try:
        message.MergeFrom(type(message)(**values))
    except (TypeError, ValueError) as error:
        raise ParseError(str(error)) from error
