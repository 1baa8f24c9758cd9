"""Events and messages as they are stored, and what is lost of them on the way to a client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from agent_service.storage.records import EventType, TaskEvent
from core.messages import message

AT = "2026-01-01T00:00:00.000000+00:00"


def event_of(kind: EventType, role: str, detail: Mapping[str, Any]) -> TaskEvent:
    return TaskEvent(1, "t", 1, kind, AT, 0, role, 1, 2, detail)


def message_of(
    sender: str, kind: str, content: Mapping[str, Any], left_out: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    return message(
        task_id="t",
        correlation_id="c",
        hop_index=0,
        remaining_loops=2,
        sender=sender,
        recipient="",
        message_type=kind,
        content=content,
        left_out=left_out,
        sent_at=AT,
    )


def over_the_wire(sent: Message) -> dict[str, Any]:
    """Return what a client reads of a message, by the names of the proto."""
    read = type(sent).FromString(sent.SerializeToString())
    return MessageToDict(
        read, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def lost(stored: Any, told: Any, place: str = "") -> Iterator[str]:
    """Yield the places where what is told is not what is stored; a client may see defaults."""
    if isinstance(stored, Mapping) and isinstance(told, Mapping):
        for key in stored:
            yield from lost(stored[key], told.get(key, "nothing"), f"{place}.{key}")
        yield from (f"{place}.{key} is new" for key in told if key not in stored and told[key])
    elif isinstance(stored, list) and isinstance(told, list) and len(stored) == len(told):
        for index, each in enumerate(stored):
            yield from lost(each, told[index], f"{place}[{index}]")
    elif stored != told or isinstance(stored, bool) != isinstance(told, bool):
        yield f"{place}: {stored!r} and {told!r}"
