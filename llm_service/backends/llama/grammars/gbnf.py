"""GBNF, llama.cpp's notation for grammars, read as far as to know that llama.cpp survives it.

llama.cpp's own reader recurses into brackets and rules, counts `{5,2}` down from below zero, and
finds only some of the rules that come back to themselves before any text; what slips through
fills the stack or the memory and ends the process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_DEPTH = 300
"""Brackets in brackets; a schema's longest repetition takes 256."""
MAX_REPETITION = 1000
_MAX_WRITTEN_OUT = 1_000_000

_TOKEN = re.compile(
    r"(?P<space>[ \t]+|\#[^\r\n]*)|(?P<line>\r\n?|\n)|(?P<rule>[a-zA-Z0-9-]+[ \t]*::=)"
    r"|(?P<name>[a-zA-Z0-9-]+)"
    r"|(?P<text>\"(?:[^\"\\]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[trn\\\"\[\]-]))*\")"
    r"|(?P<set>\[\^?(?:[^\]\\]|\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[trn\\\"\[\]-]))*\])"
    r"|(?P<token>!?<[^>\r\n]*>)|(?P<any>\.)|(?P<many>[*+?])"
    r"|(?P<count>\{[ \t]*(\d+)[ \t]*(,[ \t]*(\d*)[ \t]*)?\})"
    r"|(?P<open>\()|(?P<close>\))|(?P<or>\|)"
)


class BadGrammar(ValueError):
    """A grammar is none, or llama.cpp does not survive it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A step of an alternative: the rule that it refers to, empty for text."""

    rule: str = ""
    optional: bool = False
    repeated: bool = False


@dataclass(slots=True)
class Rule:
    """What a rule, or a group in brackets, may be."""

    alternatives: list[list[Item]] = field(default_factory=lambda: [[]])

    def add(self, item: Item) -> None:
        """Go on with the present alternative."""
        self.alternatives[-1].append(item)


class _Reader:
    """Reads one grammar."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self._open: list[tuple[str, Rule]] = []
        self._groups = 0
        self._last = 1
        self._written_out = 0

    def read(self, grammar: str) -> dict[str, Rule]:
        for kind, text, line in _tokens(grammar):
            try:
                self._take(kind, text)
            except BadGrammar as error:
                raise BadGrammar(f"line {line}: {error}") from None
        if len(self._open) > 1:
            raise BadGrammar("a bracket is not closed")
        return self.rules

    def _take(self, kind: str, text: str) -> None:
        if kind == "rule":
            self._begin_rule(text.split(":")[0].rstrip())
        elif not self._open:
            raise BadGrammar(f"{text[:40]!r} stands before the first rule")
        elif kind == "open":
            self._begin_group()
        elif kind == "close":
            self._end_group()
        elif kind == "or":
            self._open[-1][1].alternatives.append([])
        elif kind in ("many", "count"):
            self._repeat(text)
        elif text not in ('""', "[]", "[^]"):
            self._last = 1 if kind == "name" else len(text)
            self._open[-1][1].add(Item(rule=text if kind == "name" else ""))

    def _begin_rule(self, name: str) -> None:
        if len(self._open) > 1:
            raise BadGrammar(f"a bracket is not closed before {name}")
        if name in self.rules:
            raise BadGrammar(f"the rule {name} is there twice")
        self.rules[name] = Rule()
        self._open = [(name, self.rules[name])]

    def _begin_group(self) -> None:
        if len(self._open) > MAX_DEPTH:
            raise BadGrammar(f"brackets are nested deeper than {MAX_DEPTH}")
        self._groups += 1
        self._open.append((f"({self._groups})", Rule()))

    def _end_group(self) -> None:
        if len(self._open) < 2:
            raise BadGrammar("a bracket is closed that is not open")
        name, group = self._open.pop()
        self.rules[name] = group
        self._last = 1
        self._open[-1][1].add(Item(name))

    def _repeat(self, text: str) -> None:
        steps = self._open[-1][1].alternatives[-1]
        if not steps:
            raise BadGrammar(f"nothing stands before {text}")
        least, most = _bounds(text)
        times = max(1, least, most or 0)
        self._written_out += self._last * times
        if self._written_out > _MAX_WRITTEN_OUT:
            raise BadGrammar(f"with {text} its repetitions come to too much")
        step = steps[-1]
        repeated = step.repeated or most is None or times > 1
        if step.optional and repeated:
            raise BadGrammar(f"{text} repeats what may be left out")
        steps[-1] = Item(step.rule, step.optional or least == 0, repeated)


def read_gbnf(grammar: str) -> dict[str, Rule]:
    """Return the rules of a grammar, and its groups under names of their own.

    Raises: BadGrammar, with the line.
    """
    return _Reader().read(grammar)


def _tokens(grammar: str) -> Iterator[tuple[str, str, int]]:
    at, line = 0, 1
    while at < len(grammar):
        found = _TOKEN.match(grammar, at)
        if found is None:
            raise BadGrammar(f"line {line}: cannot be read from {grammar[at : at + 40]!r}")
        kind, text = str(found.lastgroup), found.group()
        if kind not in ("space", "line"):
            yield kind, text, line
        line += text.count("\n")
        at = found.end()


def _bounds(text: str) -> tuple[int, int | None]:
    if text in ("*", "+"):
        return int(text == "+"), None
    if text == "?":
        return 0, 1
    least, comma, most = (part.strip() for part in text[1:-1].partition(","))
    low = _count(least)
    high = _count(most) if most else (None if comma else low)
    if high is not None and high < low:
        raise BadGrammar(f"{text} repeats at least {low} and at most {high} times")
    return low, high


def _count(text: str) -> int:
    if len(text) > 9 or int(text) > MAX_REPETITION:
        raise BadGrammar(f"{text[:12]} repetitions; a grammar takes at most {MAX_REPETITION}")
    return int(text)
