"""The name that a request gives to what it asks for, and code put under that name."""

from __future__ import annotations

import builtins
import io
import keyword
import re
import tokenize

_NAMED = re.compile(
    r"\b(?:called|named|call it|name it|function|class|method|def|implement|define|code|create"
    r"|write)\s+`?([A-Za-z_]\w*)`?"
    r"(?=\s*(?:\(|:|,|that\b|which\b|so\b|returning\b|with\b|for\b|to\b|taking\b|$|\.(?:\s|$)))"
)
_PARAMETER = r"[A-Za-z_]\w*(?:\s*[:=][^,()]*)?"
_SIGNED = re.compile(rf"\b([A-Za-z_]\w*)\((?:{_PARAMETER}(?:,\s*{_PARAMETER})*)?\)")
_SHOWN = re.compile(
    r"(?<![\w.])([A-Za-z_]\w*)\((?=[^()\n]*\)`?\s*(?:->|=>|==|→|returns?\b|gives?\b|should\b))"
)
_SNAKE = re.compile(
    r"`?\b([a-z]+(?:_[a-z0-9]+)+)\b`?(?=\s*(?::|\(|that\b|which\b|should\b|function\b|,|$))"
)
_WORDS = (
    "a an the it me code function functions python one helper class something method that which"
)
_NO_NAMES = frozenset((*_WORDS.split(), *dir(builtins), *keyword.kwlist))
# Behind these alone a plain word is a name; "implement stack" names nothing.
_SURE = re.compile(r"\b(?:called|named|call it|name it|def)\s+`?$")
_LOOKS_LIKE_A_NAME = re.compile(r"_|[a-z][A-Z]|\d|^[A-Z]")


def requested_name(text: str) -> str:
    """Return the name that ``text`` asks for; empty when it gives none."""
    for pattern in (_NAMED, _SIGNED, _SHOWN, _SNAKE):
        for match in pattern.finditer(text):
            if _is_name(match.group(1), text[: match.start(1)], text[match.end(1) :]):
                return match.group(1)
    return ""


def under_name(code: str, known: str, wanted: str) -> str:
    """Return ``code`` with what it calls ``known`` called ``wanted`` instead.

    The code stays as it is when it has no ``known``, or ``wanted`` is something else in it.
    """
    places = _places_of_names(code)
    if not wanted or wanted in places or known not in places:
        return code
    lines = code.split("\n")
    for row, column in reversed(places[known]):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + wanted + line[column + len(known) :]
    return "\n".join(lines)


def _places_of_names(code: str) -> dict[str, list[tuple[int, int]]]:
    """Return where each name stands, as row (from 1) and column; nothing for broken code."""
    places: dict[str, list[tuple[int, int]]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NAME:
                places.setdefault(token.string, []).append(token.start)
    except (tokenize.TokenError, SyntaxError):
        return {}
    return places


def _is_name(word: str, before: str, after: str) -> bool:
    if word.lower() in _NO_NAMES:
        return False
    opens = after.lstrip("`").startswith("(")
    return bool(opens or _SURE.search(before) or _LOOKS_LIKE_A_NAME.search(word))
