"""Python code in a request."""

from __future__ import annotations

import ast
import re

from agent_service.skills.bundled.copying.spans import MARK, polite_end, quoted, without

_ACTS = (ast.Call, ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.For)
_WORD_START = re.compile(r"(?<![^\s:])[^\s:]")
_AFTER = re.compile(
    r"(?:,?\s+and\s+(?:show|tell|give|print)\b[^()]*|\s+(?:(?:in|with|using)\s+python3?|prints?|outputs?|returns?|gives?|does|do|now))\s*[.?!]*$",
    re.IGNORECASE,
)
_MOST_STARTS = 40


def programs(text: str) -> list[tuple[str, str]]:
    """Return each program with what the request says beside it.

    What stands in backticks or quotes, or else the longest end of the request that is Python and
    does something.
    """
    found = [
        (piece.value, without(text, [piece]))
        for piece in quoted(text)
        if _is_program(piece.value) and _stands_alone(text, piece.start, piece.end)
    ]
    if found:
        return found
    starts = [match.start() for match in _WORD_START.finditer(text)]
    for start in starts[:_MOST_STARTS]:
        for value in _endings(text[start:]):
            if _is_program(value):
                return [(value, f"{text[:start]} {MARK} {text[start + len(value) :]}")]
    return []


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Say whether a quoted text is no string within code, such as the one in print('a')."""
    return text[:start].endswith((" ", "\n", ":")) or start == 0 or text[start] == "`"


def _endings(text: str) -> list[str]:
    # The shortest first: "print(1) in python" and "print(1), please" are Python too.
    whole = text.strip()
    plain = polite_end(whole).rstrip(",;")
    shorter = polite_end(_AFTER.sub("", plain))
    return list(dict.fromkeys([shorter, shorter.rstrip(".?! "), plain, whole]))


def _is_program(value: str) -> bool:
    try:
        tree = ast.parse(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    nodes = list(ast.walk(tree))
    # "code: print(1)" is an annotation to Python and an introduction to a person, as "code" is.
    if any(isinstance(node, ast.AnnAssign) for node in tree.body) or _is_word(tree.body[:1]):
        return False
    return any(isinstance(node, _ACTS) for node in nodes)


def _is_word(first: list[ast.stmt]) -> bool:
    return any(isinstance(each, ast.Expr) and isinstance(each.value, ast.Name) for each in first)
