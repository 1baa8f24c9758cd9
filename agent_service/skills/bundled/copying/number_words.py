"""Numbers in words, as digits."""

from __future__ import annotations

import re

_ONES = {
    word: value
    for value, word in enumerate(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
            " fifteen sixteen seventeen eighteen nineteen",
        )
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ONE_TO_NINE = "|".join(list(_ONES)[1:10])
_BELOW_HUNDRED = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[\s-]+(?:{_ONE_TO_NINE})\b)?|(?:{'|'.join(_ONES)})\b)"
)
_BELOW_THOUSAND = (
    rf"(?:(?:(?:{_ONE_TO_NINE})\s+)?hundred(?:\s+(?:and\s+)?{_BELOW_HUNDRED})?"
    rf"|{_BELOW_HUNDRED})"
)
_NUMBER = re.compile(
    rf"\b(?:(?:{_BELOW_THOUSAND}\s+)?(?:thousand|million)(?:\s+(?:and\s+)?{_BELOW_THOUSAND})?"
    rf"|{_BELOW_THOUSAND})\b(?!-)"
)


def with_digits(text: str) -> str:
    """Return ``text`` (in lower case) with "twenty five" as 25; "two and three" stay two numbers.

    "One third" and "one half" are no numbers.
    """
    return _NUMBER.sub(lambda match: _digits(match, text), text)


def _digits(match: re.Match[str], text: str) -> str:
    if match[0] == "one" and re.match(r"\s+(?:third|quarter|half)\b", text[match.end() :]):
        return match[0]
    total = current = 0
    for word in re.findall(r"[a-z]+", match[0]):
        scale = _SCALES.get(word)
        if scale is None:
            current += _ONES.get(word, 0) + _TENS.get(word, 0)
        else:
            current = max(1, current) * scale
        if scale and scale >= 1000:
            total, current = total + current, 0
    return str(total + current)
