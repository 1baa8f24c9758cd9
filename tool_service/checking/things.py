"""Objects of the checked code, seen from the judge: they live in the other process.

Runs in the sandbox: standard library only. A thing does what it does over there; whether it equals
plain data, the judge decides by itself.
"""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

_UNARY = {
    "len": "builtins.len",
    "bool": "operator.truth",
    "str": "builtins.str",
    "repr": "builtins.repr",
    "abs": "builtins.abs",
    "neg": "operator.neg",
    "pos": "operator.pos",
    "invert": "operator.invert",
    "int": "builtins.int",
    "float": "builtins.float",
    "complex": "builtins.complex",
    "index": "operator.index",
    "hash": "builtins.hash",
    "iter": "builtins.iter",
    "next": "builtins.next",
    "reversed": "builtins.reversed",
}
_ARITHMETIC = """
add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift
"""
_ORDER = ["lt", "le", "gt", "ge"]


class Raised(Exception):
    """The checked code raised; ``text`` is its traceback, ``line`` the last line of it."""

    def __init__(self, text: str, line: str) -> None:
        super().__init__(line)
        self.text = text


class RaisedAttribute(Raised, AttributeError):
    """An object of the checked code has no such attribute."""


class RaisedStop(Raised, StopIteration):
    """An iterator of the checked code is at its end."""


class Gone(Exception):
    """The checked code answers no more."""


class Other(Protocol):
    """The process in which the checked code lives."""

    def apply(self, function: str, *given: Any, **named: Any) -> Any:
        """Return what a function of builtins or operator gives over there."""
        ...


class Thing:
    """An object of the checked code.

    ``data`` is what a subclass of a builtin type holds as plain data, in a tuple; empty for others.
    ``built`` says that the check itself built it, as in ``Money(3)``: its operators are what is
    checked. What a function answers is no such thing: an answer that is no plain data must not
    decide by its own operators whether it is near, less than or among plain data.
    """

    def __init__(
        self, other: Other, handle: int, kind: str, data: tuple[Any, ...], *, built: bool
    ) -> None:
        self.other, self.handle, self.kind, self.data, self.built = other, handle, kind, data, built

    def _may_decide(self, value: Any) -> bool:
        """Say whether the thing's own operator may meet ``value``. Raises: TypeError (nobody's)."""
        if self.built or isinstance(value, Thing):
            return True
        if not self.data:
            raise TypeError(f"a {self.kind} object is no plain data to hold against {value!r:.100}")
        return False

    def _operate(self, name: str, left: Any, right: Any) -> Any:
        if not self._may_decide(right if left is self else left):
            plain = (each.data[0] if each is self else each for each in (left, right))
            return getattr(operator, name)(*plain)
        found = self.other.apply(f"operator.{name}", left, right)
        if isinstance(found, Thing):
            found.built = self.built
        return found

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.other.apply("operator.call", self, *given, **named)

    def __getitem__(self, key: Any) -> Any:
        return self.other.apply("operator.getitem", self, key)

    def __contains__(self, item: Any) -> bool:
        if not self._may_decide(item):
            return any(same(item, each) for each in self.data[0])
        return bool(self.other.apply("operator.contains", self, item))

    def __round__(self, *digits: int) -> Any:
        return self.other.apply("builtins.round", self, *digits)

    def __format__(self, form: str) -> str:
        return str(self.other.apply("builtins.format", self, form))

    def __eq__(self, value: object) -> bool:
        return same(self, value)

    # Set below, as all that Python looks up on the class; here for what reads the types.
    __hash__: Callable[[], int]
    __iter__: Callable[[], Iterator[Any]]


def _unary(function: str) -> Callable[[Thing], Any]:
    return lambda self: self.other.apply(function, self)


def _binary(name: str) -> Callable[[Thing, Any], Any]:
    return lambda self, value: self._operate(name, self, value)


def _reflected(name: str) -> Callable[[Thing, Any], Any]:
    return lambda self, value: self._operate(name, value, self)


for _name, _path in _UNARY.items():
    setattr(Thing, f"__{_name}__", _unary(_path))
for _name in _ARITHMETIC.split():
    setattr(Thing, f"__{_name.strip('_')}__", _binary(_name))
    setattr(Thing, f"__r{_name.strip('_')}__", _reflected(_name))
for _name in _ORDER:
    setattr(Thing, f"__{_name}__", _binary(_name))


def same(left: Any, right: Any) -> bool:
    """Say whether two values are equal, as plain data.

    Numbers compare by value (2 and 2.0 are the same), but True and False are no numbers, and NaN
    is the same as NaN. An object of the checked code is the same as plain data only if it is of a
    subclass of a builtin type and holds that data; two such objects compare by their own ``==``.
    """
    if isinstance(left, Thing) and isinstance(right, Thing):
        return bool(left.other.apply("operator.eq", left, right))
    for thing, plain in ((left, right), (right, left)):
        if isinstance(thing, Thing):
            return bool(thing.data) and same(thing.data[0], plain)
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if isinstance(left, list | tuple | deque) and type(left) is type(right):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return _same_pairs(left, right)
    if isinstance(left, set | frozenset) and isinstance(right, set | frozenset):
        return _same_keys(dict.fromkeys(left), dict.fromkeys(right))
    return bool(left == right) or bool(left != left and right != right)


def _same_pairs(left: Mapping[Any, Any], right: Mapping[Any, Any]) -> bool:
    if isinstance(left, OrderedDict) and isinstance(right, OrderedDict):
        return same(list(left.items()), list(right.items()))
    return _same_keys(left, right) and all(same(left[key], right[key]) for key in left)


def _same_keys(left: Mapping[Any, Any], right: Mapping[Any, Any]) -> bool:
    if len(left) != len(right):
        return False
    there = {key: key for key in right}
    return all(key in there and same(key, there[key]) for key in left)
