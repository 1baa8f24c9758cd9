"""Pieces of a request: a value, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARK = "\0"
"""Stands in a request where a piece was taken out."""

_QUOTED = re.compile(
    r"```(?:[a-z]*\n)?(?P<fence>.+?)```"
    r"|`(?P<code>[^`]+)`"
    r'|(?<![\w(\[={,])"(?P<double>[^"]+)"'
    r"|“(?P<curly>[^”]+)”"
    r"|„(?P<low>[^“”]+)[“”]"
    r"|‘(?P<thin>[^’]+)’(?!\w)"
    r"|(?<![\w(\[={,])'(?P<single>.+?)'(?!\w)",
    re.DOTALL,
)
_POLITE_END = re.compile(
    r"(?<![\s,;])[\s,;]*\b(?:please|pls|thanks|thank you|thx|for me|would you|will you|could you"
    r"|can you|if you can)\s*[.!?]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A value that stands in ``text[start:end]``, with the quotes around it if it has any."""

    value: str
    start: int
    end: int


def quoted(text: str) -> list[Piece]:
    """Return the texts in quotes or backticks, without them."""
    found = []
    for match in _QUOTED.finditer(text):
        inner = next(group for group in match.groups() if group is not None)
        value = inner.strip("\n") if match["fence"] else inner
        found.append(Piece(value, match.start(), match.end()))
    return found


def without(text: str, pieces: Sequence[Piece]) -> str:
    """Return ``text`` with each piece replaced by `MARK`."""
    for piece in sorted(pieces, key=lambda piece: -piece.start):
        text = f"{text[: piece.start]} {MARK} {text[piece.end :]}"
    return text


def polite_end(text: str) -> str:
    """Return ``text`` without a "please" or "for me" at its end."""
    shorter = _POLITE_END.sub("", text)
    while shorter != text:
        text, shorter = shorter, _POLITE_END.sub("", shorter)
    return text.strip()


def word_set(words: str) -> frozenset[str]:
    """Return the words of a table that is written as text."""
    return frozenset(words.split())
