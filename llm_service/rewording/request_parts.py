"""What a request fixes besides its meaning: the name and the number that it gives."""

from __future__ import annotations

import builtins
import keyword
import re

_NAMED = re.compile(
    r"\b(?:called|named|call it|name it|function|implement|define|code|create|write)\s+"
    r"`?([A-Za-z_]\w*)`?(?=\s*(?:\(|:|,|that\b|which\b|so\b|returning\b|$))"
)
_SIGNED = re.compile(r"\b([A-Za-z_]\w*)\([a-z_]*(?:,\s*[a-z_]+)*\)")
_SNAKE = re.compile(r"`?\b([a-z]+(?:_[a-z0-9]+)+)\b`?(?=\s*(?::|\(|that\b|which\b|should\b|,|$))")
_NO_NAMES = frozenset(
    ("a", "an", "the", "it", "me", "code", "function", "functions", "python", "one", "helper")
) | frozenset((*dir(builtins), *keyword.kwlist))
_NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w.-]*\d)")
_COUNTING = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTING, start=2)}


def requested_name(text: str) -> str:
    """Return the function's name that ``text`` asks for; empty when it gives none."""
    for pattern in (_NAMED, _SIGNED, _SNAKE):
        for match in pattern.finditer(text):
            if match.group(1).lower() not in _NO_NAMES:
                return match.group(1)
    return ""


def numbers_in(text: str) -> list[int]:
    """Return the whole numbers that ``text`` speaks of, in digits first, then in words."""
    digits = [int(match.group()) for match in _NUMBER.finditer(text)]
    words = [
        _NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMBER_WORDS
    ]
    return digits + words
