"""Small talk, and wishes that a small model honestly declines."""

from __future__ import annotations

import random

from shared.bundled_model import DECLINE, HELLO, PARTING, SELF, WELCOME, WELL

_GREETINGS = (
    "hi",
    "hello",
    "hey",
    "good morning",
    "good evening",
    "hello there",
    "hi there",
    "howdy",
    "greetings",
    "hey you",
    "moin",
    "good day",
)
_THANKS = ("thanks", "thank you", "thx", "many thanks", "cheers", "great, thanks", "nice work")
_WHO = (
    "who are you",
    "what are you",
    "what can you do",
    "are you human",
    "what is your name",
    "tell me about yourself",
    "are you an ai",
    "which model are you",
)
_HOW = ("how are you", "how are you doing", "how is it going", "what's up", "are you well")
_BYE = ("bye", "goodbye", "see you", "good night", "ciao", "later")
_THINGS = (
    "the sea",
    "autumn",
    "my cat",
    "love",
    "robots",
    "coffee",
    "the moon",
    "winter",
    "a dog",
    "friendship",
    "rain",
    "the city",
    "a train",
    "summer",
    "an old house",
    "music",
)
_WISHES = (
    "write a poem about {}",
    "tell me a joke about {}",
    "write a story about {}",
    "a haiku about {}",
    "write a song about {}",
    "make up a slogan about {}",
    "say something funny about {}",
    "rewrite this more politely: {}",
    "translate to french: {}",
    "write an essay on {}",
)


def draw(rng: random.Random) -> tuple[str, str]:
    """Return what somebody says, and the answer."""
    groups = (
        (_GREETINGS, HELLO),
        (_THANKS, WELCOME),
        (_WHO, SELF),
        (_HOW, WELL),
        (_BYE, PARTING),
    )
    if rng.random() < 0.4:
        return _styled(rng.choice(_WISHES).format(rng.choice(_THINGS)), rng), DECLINE
    said, answer = rng.choice(groups)
    return _styled(rng.choice(said), rng), answer


def _styled(text: str, rng: random.Random) -> str:
    if rng.random() < 0.4:
        text = text[0].upper() + text[1:]
    return text + rng.choice(("", "", "!", "?", ".", " :)"))
