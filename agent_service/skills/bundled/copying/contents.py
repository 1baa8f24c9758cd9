"""The text that a request wants in a file."""

from __future__ import annotations

import re

from agent_service.skills.bundled.copying.described import is_described, without_manner
from agent_service.skills.bundled.copying.spans import MARK, Piece, polite_end, quoted, without

_COLON = re.compile(r":\s+")
_VERB = re.compile(
    r"\b(?:write|save|store|put|append|add|insert|note|jot|log|record|attach|tack|create|make|enter"
    r"|place|dump|copy|stick|include|type|keep)\b(?:\s+(?:down|on|out|in)(?=\s+[^\0\s]))?",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\s*(?:(?:just|only|also)\s+)?"
    r"(?:(?:(?:the|a|an|this|these|another|one\s+more|one|new|following|extra|single|short|that)\s+)+"
    r"(?:(?:new|following|extra|text)\s+)*"
    r"(?:line|text|words?|phrase|sentence|entry|item|note|string|message|content|contents|row)s?\b"
    r"(?:\s+of\s+text\b)?"
    r"|(?:line|text|words?|phrase|sentence)\b(?=\s+\S)|this\s*$|that(?=\s))"
    r"(?:\s*(?:that\s+says|that\s+reads|saying|with|reading|which\s+says|which\s+reads|containing"
    r"|of|like)\b)?",
    re.IGNORECASE,
)
_TO_PATH = re.compile(
    r"(?<![\s,])[\s,]*(?:\b(?:on|at|to|into|in|onto|as)?\s*(?:the\s+)?(?:very\s+)?(?:end|bottom|last\s+line)\s+of"
    r"|\b(?:as|on\s+to|to|into|in|onto|on|inside|at|under))"
    r"\s*(?:(?:a|the|my|our|your)\s+)?(?:new\s+)?(?:text\s+)?(?:file\s*)?(?:called\s*|named\s*)?$",
    re.IGNORECASE,
)
_FROM_PATH = re.compile(
    r"[\s,;-]*(?:(?:and|then|please)\s+)*"
    r"(?:(?:whose|its|the)\s+(?:content|contents|text)\s+(?:is|are|be|should\s+be)"
    r"|(?:with|containing|holding|having|including)\b"
    r"|(?:that|which|and)?\s*(?:should\s+|must\s+)?(?:says?|contains?|reads?|holds?|has|hold|have)\b"
    r"|saying\b|reading\b|to\s+(?:say|read|contain|be|hold)\b"
    r"|(?:write|put|add|append|insert|store|save|note)\b(?!\s+(?:to|in|into)\b)|that\b|by\b"
    r"|(?=the\s+(?:line|text|words?|phrase|sentence)\b))",
    re.IGNORECASE,
)
_SET = re.compile(r"\b(?:set|change|update|overwrite|replace)\b", re.IGNORECASE)
_SET_TO = re.compile(r"\s*(?:to|by)\s+", re.IGNORECASE)
_INSIDE = re.compile(r"(?<!\s)\s+(?:in|into|inside|to)\s+(?:it|there)\s*$", re.IGNORECASE)


def contents(text: str) -> list[tuple[str, str]]:
    """Return each text for the file named by `MARK` in ``text``, with what stands beside it.

    What stands after a colon, to the letter; else in quotes; else between the words that name the
    file and those that ask for it to be written.
    """
    inside = [piece for piece in quoted(text) if MARK not in piece.value]
    after_colon = _after_colon(text, inside)
    if after_colon:
        return [after_colon]
    found = [(piece.value, without(text, [piece])) for piece in inside]
    if len(found) == 1:
        return found
    read = [_after_path(text), _before_path(text)]
    return found or [each for each in read if each and not is_described(each[0])]


def _after_colon(text: str, inside: list[Piece]) -> tuple[str, str] | None:
    """Return what follows the first colon outside of quotes, unless it is in quotes itself."""
    for match in _COLON.finditer(text):
        if not any(piece.start < match.start() < piece.end for piece in inside):
            break
    else:
        return None
    said = polite_end(text[match.end() :])
    if not said or MARK in said or any(_is_rest(text, match.end(), each) for each in inside):
        return None
    return said, f"{text[: match.start()]} {MARK}"


def _is_rest(text: str, start: int, piece: Piece) -> bool:
    """Say whether a quoted text is all that stands from ``start`` on."""
    before, after = text[start : piece.start].strip(), polite_end(text[piece.end :])
    return piece.start >= start and not before and not after.strip(" .!?")


def _after_path(text: str) -> tuple[str, str] | None:
    head, _, tail = text.rpartition(MARK)
    match = _FROM_PATH.match(tail) or (_SET.search(head) and _SET_TO.match(tail)) or None
    if not match:
        return None
    value = tail[match.end() :]
    noun = _NOUN.match(value)
    start = noun.end() if noun and value[noun.end() :].strip() else 0
    said, manner = without_manner(_INSIDE.sub("", _tidy(value[start:])))
    return (said, f"{head} {MARK} {tail[: match.end()]} {value[:start]} {manner}") if said else None


def _before_path(text: str) -> tuple[str, str] | None:
    head, _, tail = text.partition(MARK)
    verb = _VERB.search(head)
    if not verb:
        return None
    end = _TO_PATH.search(head, verb.end())
    if not end:
        return None
    value = head[verb.end() : end.start()]
    noun = _NOUN.match(value)
    start = noun.end() if noun and value[noun.end() :].strip(" ,") else 0
    said, manner = without_manner(value[start:].strip(" ,\t\n"))
    before, after = f"{head[: verb.end()]} {value[:start]}", f"{head[end.start() :]} {MARK} {tail}"
    beside = f"{before} {MARK} {manner} {after}"
    return (said, beside) if said and not _NOUN.fullmatch(value) else None


def _tidy(value: str) -> str:
    said = polite_end(value)
    return said[:-1] if said.endswith(".") and not said.endswith("..") else said
