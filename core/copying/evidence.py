"""What in a request speaks for a tool, and what the tool leaves unexplained."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.copying.spans import MARK, word_set
from core.copying.vocabulary import FILLERS, Vocabulary, vocabulary_of

_WORD = re.compile(rf"[^\W_]+(?:['’][a-z]+)?|{MARK}")
_STRANGE_WISH = 9
_CHANGES = word_set("write put save store note add append create make")
# What may stand before the verb of a wish.
_LEADS = word_set(
    "please pls kindly can could would will you hey hi hello ok okay so just now then also and to"
    " quickly help need want i'd like"
)
_OWN = re.compile(r"\b(?:my|the|our|a)\s+\w+\s+(?=(?:list|log|diary|journal)\b)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|,\s+(?=so\b|what|how\s+much)")
# A person's own story, with no value in it and no wish.
_TALK = re.compile(
    r"(?:hi|hello|hey|good\s+\w+)(?:[\s,]+(?:there|you|mesh))?[\s.,!?]*$"
    rf"|(?:how\s+are\s+you|i|i'm|i've|my|we|we're)\b"
    rf"(?![^{MARK}]*\b(?:want|need|like|wish|also|and|then|have\s+to)\b)[^{MARK}]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """How well a call fits a request; the least is the best.

    ``unexplained`` counts the words that it leaves over, ``implied`` is true when no word asks
    for the tool, and ``left_out`` is minus the number of its arguments.
    """

    unexplained: int
    implied: bool
    left_out: int


def weigh(
    tool: str, description: str, rest: str, *, values: int, telling: bool, everything: bool
) -> Evidence | None:
    """Weigh what stands beside a call's ``values`` in a request; None: nothing asks for the tool.

    A request that is hardly more than ``telling`` values, as an expression is one, asks for any
    tool that takes such. A sentence in which nothing asks for the tool is talk, unless
    ``everything`` must be explained.
    """
    vocabulary = vocabulary_of(tool, description)
    sentences = [_words(each) for each in _SENTENCE.split(rest) if not _TALK.match(each)]
    others = frozenset() if everything else _CHANGES - vocabulary.asks
    over = {at: _unexplained(said, vocabulary, others) for at, said in enumerate(sentences)}
    asking = [index for index, said in enumerate(sentences) if _asks(said, vocabulary)]
    if not asking and (any(over.values()) or not telling):
        return None
    counted = over if everything or not asking else asking
    return Evidence(sum(over[index] for index in counted), not asking, -values)


def _unexplained(said: list[str], vocabulary: Vocabulary, others: frozenset[str]) -> int:
    """Count the words that nothing explains; the first one of a wish is the wish itself.

    ``others`` are wishes that the tool does not fulfil: what only looks changes nothing.
    """
    known = vocabulary.asks | vocabulary.beside | FILLERS | {MARK}
    strange = [not _forms(word) & known for word in said]
    wish = next((at for at, word in enumerate(said) if word not in _LEADS), None)
    odd = wish is not None and (strange[wish] or said[wish] in others)
    return sum(strange) + _STRANGE_WISH * odd


def _asks(said: list[str], vocabulary: Vocabulary) -> bool:
    return any(_forms(word) & vocabulary.asks for word in said)


def _forms(word: str) -> set[str]:
    """Return a word and what it may be the plural of, or the third person or a possessive."""
    plain = word.removesuffix("'s").removesuffix("’s")
    return {word, plain, plain.removesuffix("s"), plain.removesuffix("es")}


def _words(text: str) -> list[str]:
    return _WORD.findall(_OWN.sub(" ", text).lower())
