"""Keeping an answer honest: what it quotes must stand in the passages."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.state import PassageRecord

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`\"'(*\[])|\n\s*(?:[-*]|\d+\.)\s+|\n{2,}|\n(?=\|)")
_EMPHASIS = re.compile(r"\*\*|__")
_WORD = re.compile(r"[a-z0-9]+")
_CITATION = re.compile(r"\s*\[\d+\]")
_PROPOSED_SHARE = 0.75
_FEW_WORDS = 10
# Chosen on benchmarks/model_evaluation/data/tuning_questions.jsonl.
_ANSWERED_SHARE = 0.5
_NEARNESS = 0.3
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from how i in is it its me my of on or so that"
        " the their there these they this to was we what when where which who why will with you"
        " your",
    )
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of passage number ``passage`` (from 0)."""

    text: str
    passage: int


def sentences(text: str) -> list[str]:
    """Split a passage into sentences and list items, without markup around them."""
    plain = _EMPHASIS.sub("", text)
    pieces = (" ".join(piece.split()) for piece in _SENTENCE.split(plain))
    return [piece for piece in (piece.strip("#-* ") for piece in pieces) if piece]


def find_quote(answer: str, passages: Sequence[PassageRecord]) -> Quote | None:
    """Return the quote that ``answer`` is, or None when no passage holds it word for word."""
    wanted = " ".join(_CITATION.sub("", answer).split()).strip("\"' ")
    if len(_words(wanted)) < 3:
        return None
    for index, passage in enumerate(passages):
        if wanted in " ".join(passage["text"].split()):
            return Quote(wanted, index)
    return None


def best_quote(question: str, passages: Sequence[PassageRecord]) -> Quote | None:
    """Return the sentence that shares most with ``question``; None when none shares a word.

    A short one comes with those that follow it in its passage.
    """
    best, best_weight = None, 0.0
    for index, passage in enumerate(passages):
        found = sentences(passage["text"])
        for position, sentence in enumerate(found):
            weight = _weight(question, Quote(sentence, index), passages)
            if weight > best_weight:
                best, best_weight = Quote(_whole(found[position:]), index), weight
    return best


def better_quote(
    question: str, proposed: Quote | None, passages: Sequence[PassageRecord]
) -> Quote | None:
    """Return the quote that a model proposed, unless another one answers clearly better."""
    best = best_quote(question, passages)
    if proposed is None or best is None:
        return proposed or best
    enough = _PROPOSED_SHARE * _weight(question, best, passages)
    return proposed if _weight(question, proposed, passages) >= enough else best


def is_answer(question: str, quote: Quote, passages: Sequence[PassageRecord]) -> bool:
    """Say whether a quote speaks of enough of what was asked.

    At least half of the question's content words must stand in it; the fewer do, the nearer its
    passage must be to the question.
    """
    asked = set(_words(question)) - _COMMON
    if not asked:
        return False
    covered = _shared(asked, set(_words(quote.text))) / len(asked)
    score = passages[quote.passage]["score"]
    return covered >= _ANSWERED_SHARE and score >= _NEARNESS * (1 - covered)


def _whole(following: Sequence[str]) -> str:
    """Return the first sentence, with as many more as make it worth reading."""
    text = following[0]
    for sentence in following[1:]:
        if len(_words(text)) >= _FEW_WORDS:
            break
        text = f"{text} {sentence}"
    return text


def _weight(question: str, quote: Quote, passages: Sequence[PassageRecord]) -> float:
    """Weigh the overlap of content words by the passage's cosine."""
    asked = set(_words(question)) - _COMMON
    return _overlap(asked, quote.text) * (0.5 + max(0.0, passages[quote.passage]["score"]))


def _overlap(asked: set[str], sentence: str) -> float:
    words = set(_words(sentence)) - _COMMON
    if len(words) < 3:
        return 0.0
    return _shared(asked, words) / math.pow(len(words), 0.3)


def _shared(asked: set[str], words: set[str]) -> int:
    return sum(1 for word in asked if any(_same(word, other) for other in words))


def _same(one: str, other: str) -> bool:
    stem = min(len(one), len(other), max(4, max(len(one), len(other)) - 3))
    return one == other or (stem >= 4 and one[:stem] == other[:stem])


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
