"""Cuts a long text into parts that an embedding model can take whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Whitespace stays with the word before it, so that the parts joined are the text.
_WORD = re.compile(r"\s*\S+\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and its length in tokens."""

    text: str
    tokens: int


def parts_of(text: str, count_tokens: Callable[[str], int], limit: int) -> list[Part]:
    """Cut ``text`` between words into parts of at most ``limit`` tokens; it is lost nowhere.

    A word that alone is over the limit is cut within. Tokens are counted a word at a time, which
    adds up for tokenizers that never join words (WordPiece).
    """
    parts: list[Part] = []
    for word in _WORD.findall(text):
        for piece in _pieces_of(word, count_tokens, limit):
            last = parts[-1] if parts else None
            if last and last.tokens + piece.tokens <= limit:
                parts[-1] = Part(last.text + piece.text, last.tokens + piece.tokens)
            else:
                parts.append(piece)
    return parts


def _pieces_of(word: str, count_tokens: Callable[[str], int], limit: int) -> Iterator[Part]:
    tokens = count_tokens(word)
    if tokens <= limit or len(word) == 1:
        yield Part(word, min(tokens, limit))
        return
    middle = len(word) // 2
    yield from _pieces_of(word[:middle], count_tokens, limit)
    yield from _pieces_of(word[middle:], count_tokens, limit)
