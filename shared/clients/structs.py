"""google.protobuf.Struct and Value to plain values, and back.

Its numbers are doubles, so 3.0 becomes 3; its keys come in no fixed order, so they are sorted: what
is built from them (a prompt, a digest) must be the same in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct, Value


def to_struct(values: Mapping[str, Any]) -> Struct:
    """Return ``values`` as a Struct."""
    struct = Struct()
    struct.update(dict(values))
    return struct


def from_struct(struct: Struct) -> dict[str, Any]:
    """Return what a Struct holds, with whole numbers as int."""
    plain: dict[str, Any] = _whole(MessageToDict(struct))
    return plain


def to_value(value: Any) -> Value:
    """Return a JSON value as a Value."""
    message: Value = ParseDict(value, Value())
    return message


def from_value(value: Value) -> Any:
    """Return what a Value holds, with whole numbers as int."""
    return _whole(MessageToDict(value))


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value
