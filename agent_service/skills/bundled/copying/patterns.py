"""The text that a request wants found."""

from __future__ import annotations

import re

from agent_service.skills.bundled.copying.described import without_manner
from agent_service.skills.bundled.copying.spans import MARK, polite_end, quoted, without

_MOST_CHARACTERS = 2000
_STANDS_FOR_ANOTHER = frozenset({"it", "this", "that", "them", "these", "those"})
_KINDS = (
    r"(?:lines?|files?|documents?|anything|anywhere|places?|notes?|everything|ones?|something|spots?"
    r"|pages?|any|which|who)"
)
_SAYS = (
    r"(?:contains?|containing|mentions?|mentioned|mentioning|with|says?|saying|includes?|including"
    r"|have|has|holds?|holding|about|matching|match|references?|refers?\s+to|talks?\s+about"
    r"|us(?:e|es|ing))"
)
_FRAMES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"\b(?:search|look|grep|scan|hunt|check)\b[^.?!]*?\bfor\s+(?!me\b|us\b)(?P<said>.+)",
        r"\b(?:mentions?|occurrences?|uses?|instances?|references?|appearances?)\s+(?:of|to)\s+"
        r"(?P<said>.+)",
        r"\bwhere\s+(?:(?:is|are|does|do|have|has|did)\s+)(?:i\s+(?:write|wrote|written|mention(?:ed)?"
        r"|put|note|noted)\s+)?(?:(?:down|about|of)\s+)?(?P<said>.+?)"
        r"(?:\s+(?:is\s+|been\s+)?(?:mentioned|used|written|appears?|occurs?|defined|found|comes?\s+up"
        r"|shows?\s+up|stands?|set)\b.*)?$",
        rf"\b{_KINDS}\b[^.?!]{{0,30}}?\b{_SAYS}\s+(?P<said>.+)",
        r"\b(?:is|are|does|do)\s+(?P<said>.+?)\s+(?:anywhere|mentioned|somewhere|appear|occur|written"
        r"|show\s+up|in\s+(?:any|one)\b).*$",
        r"\b(?:find|grep|rg|locate|search|look\s+up)\s+(?:-\w+\s+)*(?:me\s+)?(?P<said>.+)",
    )
)
_NOUN = re.compile(
    r"^(?:me\s+)?(?:(?:all|every|any|each|the|an?|exact|some)\s+)*"
    r"(?:(?:words?|text|phrase|string|term|name|keyword|expression)\s+(?=\S)"
    rf"|{_KINDS}\s+(?:(?:of|where|that|which)\s+)*{_SAYS}\s+|(?:mentions?|occurrences?|instances?|uses?"
    r"|references?)\s+(?:of|to)\s+)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"(?<!\s)\s+(?:(?:in|within|inside|across|through|throughout|under|from|among|of|below)\s+"
    rf"(?:(?:all|any|each|every|the|my|our|this|these|of|one|text|whole|entire)\s+)*"
    rf"(?:{MARK}|files?|workspace|folder|directory|documents?|notes|project|here|lines?)"
    rf"[\s{MARK}]*(?:\b(?:folder|directory|files?|workspace)\b)?"
    rf"|anywhere|somewhere|(?:right\s+)?now)[\s.?!,]*$",
    re.IGNORECASE,
)


def patterns(text: str) -> list[tuple[str, str]]:
    """Return each text to look for, with what stands beside it; `MARK` stands for a folder."""
    if len(text) > _MOST_CHARACTERS:
        return []
    found = [(piece.value, without(text, [piece])) for piece in quoted(text)]
    found = [(value, rest) for value, rest in found if MARK not in value]
    if found:
        return found
    if ": " in text:
        head, _, tail = text.partition(": ")
        return [(_tidy(tail), f"{head} {MARK}")] if _tidy(tail) else []
    for frame in _FRAMES:
        match = frame.search(text)
        if match and (cut := _cut(match["said"])):
            start = match.start("said") + match["said"].index(cut)
            return [(cut, f"{text[:start]} {MARK} {text[start + len(cut) :]}")]
    return []


def _cut(said: str) -> str:
    """Return what is looked for, without the words before it and the place after it."""
    value = polite_end(said)
    shorter = _PLACE.sub("", value)
    while shorter != value:
        value, shorter = shorter, _PLACE.sub("", shorter)
    value, _ = without_manner(value)
    # A shell's grep takes the folder last.
    value = value.removesuffix(MARK).strip()
    noun = _NOUN.match(value)
    value = _tidy(value[noun.end() :] if noun else value)
    return "" if MARK in value or value.lower() in _STANDS_FOR_ANOTHER else value


def _tidy(value: str) -> str:
    return polite_end(value).strip(" \n,;:").rstrip(".?!").strip()
