"""Python values that stand in a text."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_LONGEST = 600
_DEEPEST = 20
_NUMBER = re.compile(
    r"(?<![\w.])(?<!\w-)(?<!\d[:/])[-+]?(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?"
    r"|\.\d+)(?![\w%]|[.:/-]\d)"
)
_WORD = re.compile(r"(?<![\w.])(?:True|False|None|true|false|null|set\(\))(?!\w)")
_STRING = re.compile(
    r"(?<!\w)(?:[bBrRuU]{0,2})(?:'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")(?!\w)"
    r"|“(?P<curly>[^”\n]*)”|‘(?P<thin>[^’\n]*)’(?!\w)"
)
# Where one of these may begin; most places of a text are none, and trying each is slow.
_MAY_BEGIN = re.compile(
    r"[(\[{'\"“‘\d+.-]|(?<!\w)[bBrRuU]{1,2}['\"]|(?<![\w.])(?:[TtFf]|[Nn][ou]|set\()"
)
_AS_PYTHON = {"true": "True", "false": "False", "null": "None"}
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as Python writes it, which stands in ``text[start:end]``."""

    written: str
    start: int
    end: int


def literals(text: str) -> list[Literal]:
    """Return the values in ``text``, the outermost only, in order."""
    found: list[Literal] = []
    place = _MAY_BEGIN.search(text)
    while place is not None:
        here = literal_at(text, place.start())
        if here is not None:
            found.append(here)
        place = _MAY_BEGIN.search(text, here.end if here else place.start() + 1)
    return found


def literal_at(text: str, at: int) -> Literal | None:
    """Return the value that starts at ``at``; None where none does."""
    if text[at] in _CLOSING:
        end = closing(text, at)
        written = text[at:end]
        return Literal(written, at, end) if end and is_literal(written) else None
    for pattern in (_STRING, _NUMBER, _WORD):
        match = pattern.match(text, at)
        if match:
            written = _written(match)
            return Literal(written, at, match.end()) if is_literal(written) else None
    return None


def closing(text: str, at: int) -> int:
    """Return where the bracket at ``at`` is closed, after the closing one; 0 where it is not.

    What is long or nested deep, as no example is, counts as not closed.
    """
    open_brackets: list[str] = []
    end = min(len(text), at + _LONGEST)
    while at < end and len(open_brackets) <= _DEEPEST:
        string = _STRING.match(text, at) if open_brackets else None
        if string:
            at = string.end()
            continue
        if text[at] in _CLOSING:
            open_brackets.append(_CLOSING[text[at]])
        elif text[at] in _CLOSING.values():
            if text[at] != open_brackets.pop():
                return 0
            if not open_brackets:
                return at + 1
        at += 1
    return 0


def is_literal(written: str) -> bool:
    """Say whether ``written`` is one Python value."""
    if written == "set()":
        return True
    try:
        ast.literal_eval(written)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _written(match: re.Match[str]) -> str:
    inner = next((group for group in match.groups() if group is not None), None)
    if inner is not None:
        return repr(inner)
    value = match[0].lstrip("+")
    if match.re is _NUMBER:
        return value.replace(",", "")
    return _AS_PYTHON.get(value, value)
