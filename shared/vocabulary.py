"""The words of a loaded model, and those of them that a chat template alone may write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp

_CONTROL = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
_USER_DEFINED = llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
_LOOKS_LIKE_CONTROL = re.compile(r"<[|\uff5c].+[|\uff5c]>")
# In the vocabularies that begin a text with a space, a line break joins with nothing.
_ANCHOR = "\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a prompt; a ``plain`` one is text alone, whatever it looks like."""

    text: str
    plain: bool


class Vocabulary:
    """Texts to tokens. Reading is safe from any thread.

    ``control`` holds the texts that llama.cpp reads as control tokens: those that the GGUF marks as
    such, and of those that it calls user-defined (which llama.cpp reads as such even where it was
    told not to) the ones that the chat template writes or that look like ``<|this|>``. The others
    of these are words: runs of spaces, HTML tags.
    """

    def __init__(self, pointer: Any, template: str = "") -> None:
        """Read a ``llama_vocab``; ``template`` is the source of the chat template."""
        self._pointer = pointer
        found = dict(_control_tokens(pointer, template))
        unknown = {t for t in found if _attributes(pointer, t) & llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN}
        # What no word spells becomes the unknown token, which is no command.
        self._forbidden = frozenset(found) - unknown
        self.control = frozenset(found.values())
        self._adds_space = llama_cpp.llama_vocab_type(pointer) == llama_cpp.LLAMA_VOCAB_TYPE_SPM
        self._anchor = self.tokenize(_ANCHOR, special=False) if self._adds_space else []

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Return the tokens of a text; with ``special`` control tokens are read as such."""
        data = text.encode()
        room = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(
                self._pointer, data, len(data), tokens, room, False, special
            )
            if count >= 0:
                return list(tokens[:count])
            if -count <= room:
                raise ValueError(f"llama.cpp cannot read {len(data)} bytes of text")
            room = -count

    def tokenize_pieces(self, pieces: Sequence[Piece]) -> list[int]:
        """Return the tokens of a prompt; no control token comes from a plain piece."""
        tokens: list[int] = []
        for piece in pieces:
            if piece.plain:
                tokens += self._plain(piece.text, first=not tokens)
            elif piece.text:
                tokens += self._part(piece.text, special=True, first=not tokens)
        return tokens

    def _plain(self, text: str, *, first: bool) -> list[int]:
        found = self._part(text, special=False, first=first)
        if self._forbidden.isdisjoint(found) or len(text) == 1:
            return [token for token in found if token not in self._forbidden]
        # llama.cpp reads a user-defined token all the same: not when it is spelled in two parts.
        return self._plain(text[:1], first=first) + self._plain(text[1:], first=False)

    def _part(self, text: str, *, special: bool, first: bool) -> list[int]:
        """Return the tokens of a part; one within the prompt begins with no space of its own."""
        if first or not self._adds_space:
            return self.tokenize(text, special=special)
        found = self.tokenize(_ANCHOR + text, special=special)
        length = len(self._anchor)
        if found[:length] != self._anchor:
            return self.tokenize(text, special=special)
        return found[length:]


def _control_tokens(pointer: Any, template: str) -> Iterator[tuple[int, str]]:
    for token in range(int(llama_cpp.llama_vocab_n_tokens(pointer))):
        attributes = _attributes(pointer, token)
        if not attributes & (_CONTROL | _USER_DEFINED):
            continue
        text = bytes(llama_cpp.llama_vocab_get_text(pointer, token) or b"").decode(errors="ignore")
        if text and (attributes & _CONTROL or _steers(pointer, token, text, template)):
            yield token, text


def _steers(pointer: Any, token: int, text: str, template: str) -> bool:
    """Say whether a user-defined token is more than a word."""
    if llama_cpp.llama_vocab_is_eog(pointer, token) or _LOOKS_LIKE_CONTROL.fullmatch(text):
        return True
    return len(text.strip(" \t\r\n\u2581")) > 1 and text in template


def _attributes(pointer: Any, token: int) -> int:
    return int(llama_cpp.llama_vocab_get_attr(pointer, token))
