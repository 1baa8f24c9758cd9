"""Plain data on its way between the judge and the checked code, as JSON with tags.

Runs in the sandbox: standard library only. What is no plain data crosses as a reference, which
the two sides make and resolve themselves.
"""

from __future__ import annotations

import builtins
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

_MAX_DEPTH = 100
# JSON numbers past this size would be subject to the limit on digits.
_LARGE = 2**53

Reference = Callable[[Any], dict[str, Any]]
Resolve = Callable[[dict[str, Any]], Any]

_SEQUENCES: dict[type, str] = {
    list: "list",
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    deque: "deque",
    type({}.keys()): "set",
}
_MAPPINGS: dict[type, str] = {
    dict: "dict",
    defaultdict: "dict",
    OrderedDict: "OrderedDict",
    Counter: "Counter",
}
_SCALARS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    complex: ("complex", lambda value: [value.real, value.imag]),
    bytes: ("bytes", lambda value: value.hex()),
    bytearray: ("bytearray", lambda value: value.hex()),
    range: ("range", lambda value: [hex(value.start), hex(value.stop), hex(value.step)]),
    Decimal: ("Decimal", str),
    Fraction: ("Fraction", lambda value: [hex(value.numerator), hex(value.denominator)]),
    date: ("date", date.isoformat),
    datetime: ("datetime", datetime.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    UUID: ("UUID", str),
}
_BUILD: dict[str, Callable[[Any], Any]] = {
    "int": lambda form: int(form, 16),
    "complex": lambda form: complex(*form),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "range": lambda form: range(*(int(each, 16) for each in form)),
    "Decimal": Decimal,
    "Fraction": lambda form: Fraction(*(int(each, 16) for each in form)),
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda form: timedelta(*form),
    "UUID": UUID,
}
_COLLECT: dict[str, Callable[[list[Any]], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": deque,
}
_COLLECT_PAIRS: dict[str, Callable[[list[Any]], Any]] = {
    "dict": dict,
    "OrderedDict": OrderedDict,
    "Counter": lambda pairs: Counter(dict(pairs)),
}
_BUILTIN_TYPES = {each: name for name, each in vars(builtins).items() if isinstance(each, type)}
_TYPES_BY_NAME = {name: each for each, name in _BUILTIN_TYPES.items()}
# A subclass of one of these carries their data beside its own ways.
_BASES: dict[type, Callable[[Any], Any]] = {
    int: int.__index__,
    float: float.__float__,
    str: lambda value: str.__getitem__(value, slice(None)),
    bytes: lambda value: bytes(memoryview(value)),
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    dict: lambda value: {key: dict.__getitem__(value, key) for key in dict.__iter__(value)},
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
}


def encode(value: Any, reference: Reference, depth: int = 0) -> Any:
    """Return ``value`` as JSON; ``reference`` says how to write what is no plain data."""
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return value
    if kind is int:
        return value if abs(value) < _LARGE else {"is": "int", "of": hex(value)}
    if depth < _MAX_DEPTH and kind in _SEQUENCES:
        items = [encode(each, reference, depth + 1) for each in value]
        return {"is": _SEQUENCES[kind], "of": items}
    if depth < _MAX_DEPTH and kind in _MAPPINGS:
        pairs = [[encode(each, reference, depth + 1) for each in pair] for pair in value.items()]
        return {"is": _MAPPINGS[kind], "of": pairs}
    if kind in _SCALARS:
        name, form = _SCALARS[kind]
        return {"is": name, "of": form(value)}
    if isinstance(value, type) and value in _BUILTIN_TYPES:
        return {"is": "type", "of": _BUILTIN_TYPES[value]}
    return reference(value)


def base_data(value: Any) -> Any:
    """Return what an object of a subclass holds as plain data. Raises: LookupError (nothing)."""
    for base, read in _BASES.items():
        if isinstance(value, base) and type(value) is not base:
            return read(value)
    raise LookupError


def decode(form: Any, resolve: Resolve) -> Any:
    """Return the value that ``form`` stands for. Raises: ValueError (it is no such form)."""
    if form is None or isinstance(form, bool | int | float | str):
        return form
    if not isinstance(form, dict):
        raise ValueError(f"{form!r:.100} is no value")
    name, of = form.get("is"), form.get("of")
    if isinstance(name, str) and isinstance(of, list):
        if name in _COLLECT:
            return _COLLECT[name]([decode(each, resolve) for each in of])
        if name in _COLLECT_PAIRS:
            pairs = [(decode(key, resolve), decode(value, resolve)) for key, value in of]
            return _COLLECT_PAIRS[name](pairs)
    if isinstance(name, str) and name in _BUILD:
        return _BUILD[name](of)
    if name == "type" and of in _TYPES_BY_NAME:
        return _TYPES_BY_NAME[of]
    return resolve(form)
