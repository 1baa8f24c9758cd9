"""Numbers in words, as digits."""

from __future__ import annotations

import re

_ONES = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORDS = "|".join([*_ONES, *_TENS, *_SCALES])
_NUMBER = re.compile(rf"\b(?:{_WORDS})(?:(?:\s+and)?[\s-]+(?:{_WORDS}))*\b")
_ORDINARY = re.compile(r"\b(?:a|one)\s+(?:third|quarter|half)\b")


def with_digits(text: str) -> str:
    """Return ``text`` (in lower case) with "twenty five" as 25; "two and three" stay two numbers."""
    kept = {match.start() for match in _ORDINARY.finditer(text)}
    return _NUMBER.sub(
        lambda match: match[0] if match.start() in kept else _digits(match[0]), text
    )


def _digits(said: str) -> str:
    """Read a run of number words; what can't be one number is read as several."""
    numbers, total, current, last = [], 0, 0, 0
    pieces = re.findall(r"[a-z]+|\s+and\b", said)
    started = pending_and = False
    joined: list[str] = []
    for piece in pieces:
        word = piece.strip()
        if word == "and":
            pending_and = True
            continue
        value = _ONES.get(word, _TENS.get(word, _SCALES.get(word, 0)))
        fits = not started or word in _SCALES or (last >= 100) or (last >= 20 > value > 0 and value < 10)
        if pending_and and last < 100:
            fits = False
        if not fits:
            numbers.append(str(total + current))
            joined.append(" and " if pending_and else " ")
            total = current = 0
        started, pending_and = True, False
        if word in _SCALES:
            current = max(1, current) * value
            if value >= 1000:
                total, current = total + current, 0
        else:
            current += value
        last = value
    numbers.append(str(total + current))
    return "".join(number + glue for number, glue in zip(numbers, [*joined, ""], strict=True))
