"""Tells a text that is meant to the letter from words that describe one still to be made."""

from __future__ import annotations

import re

from agent_service.skills.bundled.copying.paths import files

_DESCRIBED = re.compile(
    r"^(?:it|this|that|them|these|those|everything|all\s+of\s+it)$"
    r"|^(?:an?|the|my|some|its|all|every)\s+(?:(?:short|long|brief|small|simple|quick|nice|funny|new"
    r"|current|python|whole|entire|full|first|last|final|random|following)\s+)*"
    r"(?:summary|poem|haiku|story|letter|essay|joke|report|script|program|function|class|code|lists?"
    r"\s+of|results?|contents?|number\s+of|output|answers?|sum\s+of|times?|dates?|timestamp|docstring"
    r"|copy|translation|description|explanation|table\s+of|test|tests|lines?|python|recipe|song"
    r"|paragraph|sentence\s+about|text\s+about|version|day)\b"
    r"|^today's\s+date|^(?:what|how|which)\b",
    re.IGNORECASE,
)
_ANOTHER_WISH = re.compile(
    r"(?:[.!?;]\s+|\n\s*)(?:(?:and|then|also|please|next)\s+)*"
    r"(?:write|append|add|save|create|put|delete|remove|run|read|show|list|make)\b",
    re.IGNORECASE,
)
# How something is to be done, at the end of what it is to be done with.
_MANNER = re.compile(
    r"(?<!\s)\s+(?:twice|thrice|backwards?|(?:\d+|two|three|four|five|six|seven|eight|nine|ten|many|several)"
    r"\s+times(?:\s+over)?|in\s+(?:all\s+)?(?:upper[\s-]?case|lower[\s-]?case|caps|capitals"
    r"|capital\s+letters|reverse(?:\s+order)?|binary|hex(?:adecimal)?|bold|italics|morse(?:\s+code)?"
    r"|english|french|german|spanish|italian|latin|russian|chinese|japanese|portuguese|dutch)"
    r"|translated\s+(?:in)?to\s+\w+|(?:as|with)\s+(?:a\s+)?reg(?:ular\s+)?ex(?:p|pression)?"
    r"|case[\s-]sensitive(?:ly)?|(?:but|only|except|excluding|unless)\b\s+(?:not|if|for|when|in|where"
    r"|those|the|once|files?|lines?)\b.*|except|excluding|unless)[\s.!?]*$",
    re.IGNORECASE | re.DOTALL,
)


def without_manner(said: str) -> tuple[str, str]:
    """Part a text from the words after it that say how: "hello twice" is "hello", "twice"."""
    match = _MANNER.search(said)
    return (said[: match.start()], said[match.start() :]) if match else (said, "")


def is_described(said: str) -> bool:
    """Say whether ``said`` (without quotes) is no text to the letter.

    "A poem" asks for one, "the contents of a.txt" for a look at that file first, and "hello. Then
    write ..." holds another wish.
    """
    return bool(_DESCRIBED.search(said) or _ANOTHER_WISH.search(said) or files(said))
