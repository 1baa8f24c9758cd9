"""What in a request speaks for a tool, and what the tool leaves unexplained."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent_service.skills.bundled.copying.spans import MARK, word_set
from agent_service.skills.bundled.copying.vocabulary import (
    FILLERS,
    POLITENESS,
    Vocabulary,
    vocabulary_of,
)

_WORD = re.compile(rf"[^\W_]+(?:['’][a-z]+)?|{MARK}")
_STRANGE_WISH = 9
_CHANGES = word_set("write put save store note add append create make")
# What may stand before the verb of a wish.
_LEADS = word_set(
    "please pls plz kindly can could would will you hey hi hello ok okay so just now then also and"
    " to quickly help need want i'd like"
)
_JOINS = word_set("and then")
_OWN = re.compile(r"\b(?:my|the|our|a)\s+\w+\s+(?=(?:list|log|diary|journal)\b)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+|,\s+(?=so\b|what|how\s+much)")
# A person's own story, with no value in it and no wish, and nothing about what they meant.
_TALK = re.compile(
    r"(?:hi|hello|hey|good\s+\w+)(?:[\s,]+(?:there|you|mesh))?[\s.,!?]*$"
    rf"|(?:how\s+are\s+you|i|i'm|i've|my|we|we're)\b(?!\s+(?:mean|meant|only|don't|do\s+not)\b)"
    rf"(?![^{MARK}]*\b(?:want|need|like|wish|also|and|then|have\s+to)\b)[^{MARK}]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """How well a call fits a request; the least is the best.

    ``unexplained`` counts the words that it leaves over, ``implied`` is true when no word asks
    for the tool, and ``left_out`` is minus the number of its arguments. ``words`` are those left
    over, in lower case.
    """

    unexplained: int
    implied: bool
    left_out: int
    words: tuple[str, ...] = field(default=(), compare=False)


def weigh(
    tool: str,
    description: str,
    rest: str,
    *,
    values: int,
    names: str,
    telling: bool,
    everything: bool,
) -> Evidence | None:
    """Weigh what stands beside a call's ``values`` in a request; None: nothing asks for the tool.

    The words of ``names`` of files are explained ("the csv prices.csv"). A request that is hardly
    more than ``telling`` values, as an expression is one, asks for any tool that takes such. What
    is told before the sentence that asks for the tool is talk, unless ``everything`` must be
    explained; what follows it is about the wish.
    """
    vocabulary = vocabulary_of(tool, description, names)
    others = frozenset() if everything else _CHANGES - vocabulary.asks
    sentences = [_Sentence(each, vocabulary, others) for each in _sentences(rest)]
    asking = [at for at, sentence in enumerate(sentences) if sentence.asks]
    if not asking and not telling:
        return None
    counted = sentences if everything or not asking else sentences[asking[0] :]
    words = tuple(word for sentence in counted for word in sentence.left)
    return Evidence(sum(each.weight for each in counted), not asking, -values, words)


class _Sentence:
    """A sentence of a request in the light of a tool.

    ``left`` are the words that nothing explains; ``others`` are wishes that the tool does not
    fulfil: what only looks changes nothing.
    """

    def __init__(self, said: str, vocabulary: Vocabulary, others: frozenset[str]) -> None:
        words = _WORD.findall(said)
        known = vocabulary.asks | vocabulary.beside | FILLERS | {MARK}
        strange = [not _forms(word) & known for word in words]
        wish = next((at for at, word in enumerate(words) if word not in _LEADS), None)
        wishes = [at for at in range(len(words)) if at == wish or words[at - 1] in _JOINS]
        more = {at for at in wishes if words[at] in others}
        turned = [] if vocabulary.turned is None else vocabulary.turned.findall(said)
        self.asks = any(_forms(word) & vocabulary.asks for word in words)
        self.left = [word for at, word in enumerate(words) if strange[at] or at in more] + turned
        odd = bool(more) or (wish is not None and strange[wish])
        self.weight = sum(strange) + len(turned) + _STRANGE_WISH * odd


def _sentences(rest: str) -> list[str]:
    said = (each for each in _SENTENCE.split(_OWN.sub(" ", rest)) if not _TALK.match(each))
    return [POLITENESS.sub(" ", each.lower()) for each in said]


def _forms(word: str) -> set[str]:
    """Return a word and what it may be the plural of, or the third person or a possessive."""
    plain = word.removesuffix("'s").removesuffix("’s")
    return {word, plain, plain.removesuffix("s"), plain.removesuffix("es")}
