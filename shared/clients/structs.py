"""google.protobuf.Struct and Value to plain values, and back, checked on the way.

Its numbers are doubles, so 3.0 becomes 3; its keys come in no fixed order, so they are sorted: what
is built from them (a prompt, a digest) must be the same in every process. NaN and infinities, which
a double may be and JSON not, are refused, and so is what is nested deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct, Value

from core.errors import InvalidInput
from core.json_text import MAX_DEPTH, JsonError, check_json

_WIRE_DEPTH = 32
"""What this process builds may be a state around values from outside."""


def to_struct(values: Mapping[str, Any], field: str = "") -> Struct:
    """Return ``values`` as a Struct. Raises: InvalidInput naming the place below ``field``."""
    _check(values, field)
    struct = Struct()
    struct.update(dict(values))
    return struct


def from_struct(struct: Struct, field: str = "", max_depth: int = _WIRE_DEPTH) -> dict[str, Any]:
    """Return what a Struct holds, with whole numbers as int.

    Raises: InvalidInput naming the place below ``field``.
    """
    entries = sorted(struct.fields.items())
    return {key: _plain(value, _place(field, key), max_depth - 1) for key, value in entries}


def from_request(struct: Struct, field: str) -> dict[str, Any]:
    """Return what a Struct of a request holds: at most `MAX_DEPTH` levels. Raises: InvalidInput."""
    return from_struct(struct, field, MAX_DEPTH)


def to_value(value: Any) -> Value:
    """Return a JSON value as a Value. Raises: InvalidInput naming the place."""
    _check(value, "")
    message: Value = ParseDict(value, Value())
    return message


def from_value(value: Value) -> Any:
    """Return what a Value holds, with whole numbers as int. Raises: InvalidInput."""
    return _plain(value, "", _WIRE_DEPTH)


def value_of_request(value: Value, field: str) -> Any:
    """Return what a Value of a request holds: at most `MAX_DEPTH` levels. Raises: InvalidInput."""
    return _plain(value, field, MAX_DEPTH)


def _plain(value: Value, place: str, depth: int) -> Any:
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    if kind == "number_value":
        return _number(value.number_value, place)
    if kind not in ("struct_value", "list_value"):
        return getattr(value, str(kind))
    if depth <= 0:
        raise InvalidInput(f"{place} is nested too deeply: at most {MAX_DEPTH} levels", place)
    if kind == "struct_value":
        return from_struct(value.struct_value, place, depth)
    items = value.list_value.values
    return [_plain(each, f"{place}[{index}]", depth - 1) for index, each in enumerate(items)]


def _number(number: float, place: str) -> float | int:
    if not math.isfinite(number):
        raise InvalidInput(f"{place} is {number}, which is no number that JSON has", place)
    return int(number) if number.is_integer() else number


def _place(field: str, key: str) -> str:
    return f"{field}.{key[:64]}" if field else key[:64]


def _check(value: Any, field: str) -> None:
    try:
        check_json(value, _WIRE_DEPTH)
    except JsonError as error:
        place = (field + error.path).lstrip(".")
        raise InvalidInput(f"{place or 'the value'} {error}", place) from error
