"""What the bundled model says where it has neither code, a tool nor a document to go by.

It learned these sentences; anything else that it writes there is made of scraps of other ones.
"""

from __future__ import annotations

import re

from agent_service.skills.bundled.copying.spans import word_set
from agent_service.skills.bundled.copying.vocabulary import FILLERS
from shared.bundled_model import DECLINE, HELLO, PARTING, SELF, WELCOME, WELL

OTHER_LANGUAGE = (
    "I understand English only: ask me in English for a Python function, a tool or your documents, "
    "or set LLM_MODEL_PATH to a larger model."
)

_SAID = {
    PARTING: r"bye|goodbye|farewell|ciao|later|see\s+you|good\s+night|take\s+care",
    WELCOME: r"thanks?|thx|ty|cheers|nice|great|awesome|perfect|cool|well\s+done|appreciated?"
    r"|good\s+(?:job|work)",
    WELL: r"how(?:'s|\s+(?:are|is|do))|what'?s\s+up|are\s+you\s+(?:well|ok|okay|fine|ready)",
    SELF: r"(?:who|what|which|are|can|do|tell)\b.*\byou(?:r|rself)?|help|introduce\s+yourself",
    HELLO: r"hi|hello|hallo|hey|hiya|yo|howdy|greetings|moin"
    r"|good\s+(?:morning|afternoon|evening|day)",
}
_PATTERNS = {
    sentence: re.compile(rf"\b(?:{said})\b", re.IGNORECASE | re.DOTALL)
    for sentence, said in _SAID.items()
}
_WORD = re.compile(r"[^\W\d_]+")
_BESIDE = FILLERS | word_set(
    "who about yourself name called model ai bot robot human person machine program"
    " language large introduce know up well fine going doing today everything things life"
    " very much many so too job work nice great good morning afternoon evening day night bye"
    " goodbye farewell see later soon take care thanks thank thx ty cheers awesome perfect"
    " cool greetings howdy hiya yo moin ciao hallo u r old real alive capable abilities"
    " tomorrow again world everyone all team appreciated don re"
)


def direct_answer(text: str, written: str) -> str:
    """Return what is said to ``text``: what the model has ``written`` if that fits, or a sentence
    that does, or else that it cannot be done.
    """
    if written in _PATTERNS and _fits(text, written):
        return written
    return next((sentence for sentence in _PATTERNS if _fits(text, sentence)), DECLINE)


def _fits(text: str, sentence: str) -> bool:
    """Say whether ``text`` is small talk that ``sentence`` answers, and nothing besides."""
    words = {word.lower() for word in _WORD.findall(text)}
    return bool(_PATTERNS[sentence].search(text)) and words <= _BESIDE
