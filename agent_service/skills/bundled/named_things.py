"""The things that a question names, and the passages that are about them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent_service.skills.bundled.copying.spans import word_set
from core.state import PassageRecord

_TOKEN = re.compile(r"[^\W_][\w.+#-]*[\w+#]|[^\W_]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\"“(]\s*)$")
_INNER_SIGN = re.compile(r"[^\W\d_]\d|\d[^\W\d_]|_|[a-z][A-Z]|\.[a-z]{2}")
# A name takes no article: "does aiosqlite support", but "does the server support".
_SUBJECT = re.compile(
    r"(?:\bdoes|(?:^|[,.;:!?]\s+|\b(?:what|who|when|where|why|how)\s+)(?:is|was|has)"
    r"|\b(?:what|who)['’]s)\s+(?P<one>[a-z][\w.+#-]*)(?=[\s?'’])(?!\s+\d)"
    r"|\b(?:did|will|should|must)\s+(?P<any>[a-z][\w.+#-]*[^s\W])(?=[\s?'’])(?!\s+\d)",
    re.IGNORECASE,
)
_NO_NAMES = word_set(
    "a an the this that these those it its there here he she they we you i me my your our their his"
    " her any some every each all anyone anything everyone everything someone something nobody"
    " nothing one no not more most much many there's also still already usually normally really"
    " ever never always possible needed allowed required used meant called known made done wrong"
    " right new good bad best free open true false and or but if so to in on at by for from with of"
    " what which who whom whose when where why how mr mrs dr be been being written said say spoken"
    " given taken shown old next last big small large responsible necessary safe true enough"
)
_ENDINGS_OF_OTHERS = ("ed", "ing", "ly", "able", "ible", "ful")
_ACRONYMS = re.compile(r"(?<=[A-Z])s$")


def named_things(question: str) -> list[str]:
    """Return the names in ``question``, in lower case.

    They are written with a capital within a sentence, with signs or digits in them, or without an
    article where a sentence says what something does.
    """
    tokens = list(_TOKEN.finditer(question))
    capitals = [each for each in tokens if each[0][0].isupper()]
    title = len(tokens) > 2 and 2 * len(capitals) > len(tokens)
    found = [each[0] for each in tokens if _INNER_SIGN.search(each[0])]
    found += [
        each[0]
        for each in capitals
        if each[0] != "I" and not title and not _SENTENCE_START.search(question[: each.start()])
    ]
    subjects = [each["one"] or each["any"] for each in _SUBJECT.finditer(question)]
    found += [each for each in subjects if not each.endswith(_ENDINGS_OF_OTHERS)]
    plain = (_ACRONYMS.sub("", name).lower() for name in found)
    return [name for name in dict.fromkeys(plain) if name not in _NO_NAMES]


def passages_about(question: str, passages: Sequence[PassageRecord]) -> list[PassageRecord]:
    """Return the passages of the sources that speak of everything that ``question`` names.

    A source speaks of it in its own name, or in any of the ``passages`` that are of it.
    """
    names = named_things(question)
    said: dict[str, str] = {}
    for passage in passages:
        source = passage["source"]
        said[source] = f"{said.get(source, source)}\n{passage['text']}".lower()
    return [
        passage for passage in passages if all(name in said[passage["source"]] for name in names)
    ]
