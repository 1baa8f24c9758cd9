"""Messages of the wire as JSON for programs."""

from __future__ import annotations

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def told(message: Message, oneof: str) -> dict[str, Any]:
    """Return the fields of whichever message of ``oneof`` is set; none where none is."""
    name = message.WhichOneof(oneof)
    return fields_json(getattr(message, name)) if name else {}


def fields_json(message: Message) -> dict[str, Any]:
    """Return a message as JSON, by the names of its proto; only what may be absent is left out."""
    fields: dict[str, Any] = _plain(
        MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        )
    )
    return fields


def _plain(value: Any) -> Any:
    """Return a value with its keys sorted, since maps have no order, and 3.0 as 3."""
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def iso(moment: Timestamp) -> str:
    """Return a time as ISO 8601 in UTC; empty when it is not set."""
    return moment.ToJsonString() if moment.seconds else ""
