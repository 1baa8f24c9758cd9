"""From the bytes of tokens to text that may be shown: whole characters, and no stop text."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Text so far; holds back what may still become a stop text or lacks a byte."""

    def __init__(self, stops: Sequence[str]) -> None:
        """End at the first of ``stops`` that comes."""
        self._stops = tuple(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def add(self, piece: bytes) -> str:
        """Take a token's bytes; return the text that is certain now. Sets ``stopped``."""
        return self._certain(self._decoder.decode(piece))

    def finish(self) -> str:
        """Return what was held back, once nothing more comes."""
        if self.stopped:
            return ""
        text = self._certain(self._decoder.decode(b"", final=True))
        if not self.stopped:
            text += self._held
            self._held = ""
        return text

    def _certain(self, text: str) -> str:
        held = self._held + text
        found = [at for at in (held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return held[: min(found)]
        keep = max((_overlap(held, stop) for stop in self._stops), default=0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]


def _overlap(text: str, stop: str) -> int:
    """Return how much of the text's end is the beginning of a stop text."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
