"""Words that nobody has seen, so that copying is learned instead of a list."""

from __future__ import annotations

import random
import string
from pathlib import Path

_STARTS = ("b", "br", "c", "ch", "d", "f", "fl", "g", "h", "k", "l", "m", "n", "p", "pr", "r")
_MORE_STARTS = ("s", "sh", "st", "t", "tr", "v", "w", "z", "", "")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_ENDS = ("", "", "", "n", "r", "t", "l", "s", "m", "ck", "ng", "st", "ld")
_ENGLISH = tuple(Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split())


def word(rng: random.Random) -> str:
    """Return an English word, a made-up one, or one with digits or capitals."""
    kind = rng.random()
    if kind < 0.5:
        return rng.choice(_ENGLISH)
    if kind < 0.85:
        return "".join(_syllable(rng) for _ in range(rng.randint(1, 3))) or "x"
    if kind < 0.93:
        return rng.choice(_ENGLISH).capitalize()
    return "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randint(2, 6)))


def words(rng: random.Random, most: int) -> str:
    """Return one to ``most`` words, at times with punctuation."""
    text = " ".join(word(rng) for _ in range(rng.randint(1, most)))
    return text + rng.choice(("", "", "", "", "!", ".", "?"))


def _syllable(rng: random.Random) -> str:
    return rng.choice(_STARTS + _MORE_STARTS) + rng.choice(_VOWELS) + rng.choice(_ENDS)
