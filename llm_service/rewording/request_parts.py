"""What a request fixes besides its meaning: the numbers and the short texts that it gives."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.-])\d+(?![\w.-]*\d)|(?<=[<>=])\d+")
_COUNTING = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER_WORDS = {word: number for number, word in enumerate(_COUNTING, start=2)}
_CHANGING = re.compile(
    r"\b(?:add(?:s|ing|ed)?|plus|times|multipl\w+|scal\w+|increas\w+|raise\w*)\b[^\d.;]{0,25}?(\d+)"
    r"|(\d+) (?:added|times|more to each)\b"
)
# Only such texts are put into code: nothing that could end a string or start a replacement.
_QUOTED = re.compile(r"(?<!\w)['\"`“‘]([\w .,;:@#/+*!?%&=|~^$-]{1,20})['\"`”’](?!\w)")
_LETTER = re.compile(
    r"\b(?:letter|letters|character|char)\s+([A-Za-z])\b|(?<!['’\w])([b-hj-zB-HJ-Z])(?:'s)?(?!\w)"
)
_MARKS = {
    "comma": ",",
    "semicolon": ";",
    "colon": ":",
    "dash": "-",
    "hyphen": "-",
    "underscore": "_",
    "pipe": "|",
    "slash": "/",
    "dot": ".",
    "space": " ",
}


def numbers_in(text: str) -> list[int]:
    """Return the whole numbers that ``text`` speaks of, in digits first, then in words."""
    digits = [int(match.group()) for match in _NUMBER.finditer(text)]
    words = [
        _NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMBER_WORDS
    ]
    return digits + words


def changing_number(text: str) -> int | None:
    """Return the number that is added to each or that each is multiplied by, if one is named."""
    match = _CHANGING.search(text.lower())
    return int(match.group(1) or match.group(2)) if match else None


def texts_in(text: str) -> list[str]:
    """Return the short texts that ``text`` names: quoted ones, marks by name, single letters."""
    quoted = [match.group(1) for match in _QUOTED.finditer(text)]
    marks = [mark for name, mark in _MARKS.items() if re.search(rf"\b{name}s?\b", text.lower())]
    letters = [match.group(1) or match.group(2) for match in _LETTER.finditer(text)]
    return list(dict.fromkeys(quoted + marks + letters))
