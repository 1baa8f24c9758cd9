"""Sequences outside the cache, to be copied back for a prompt that begins like one of them."""

from __future__ import annotations

import ctypes
from array import array
from dataclasses import dataclass

import numpy as np

Saved = ctypes.Array[ctypes.c_uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ParkedSequence:
    """Tokens, and a copy of what the cache held of them."""

    tokens: array[int]
    saved: Saved


class Parking:
    """Copies of sequences, those used least recently first; the first to go when room is short."""

    def __init__(self, room: int) -> None:
        """Hold at most ``room`` tokens."""
        self.room = room
        self._parked: list[ParkedSequence] = []

    @property
    def tokens(self) -> int:
        """Tokens of all copies together."""
        return sum(len(each.tokens) for each in self._parked)

    def takes(self, tokens: array[int]) -> bool:
        """Whether a copy of ``tokens`` has room, and no other holds them already."""
        return len(tokens) <= self.room and not any(
            common_length(each.tokens, tokens) == len(tokens) for each in self._parked
        )

    def add(self, parked: ParkedSequence) -> None:
        """Take a copy in; those that are a part of it are not needed any more."""
        self._parked = [
            each
            for each in self._parked
            if common_length(each.tokens, parked.tokens) < len(each.tokens)
        ]
        self._parked.append(parked)
        while self.tokens > self.room:
            del self._parked[0]

    def longest(self, prompt: array[int]) -> tuple[ParkedSequence | None, int]:
        """Return the copy that begins most like ``prompt``, and how many tokens they share."""
        found = [(common_length(each.tokens, prompt), each) for each in self._parked]
        count, best = max(found, key=lambda each: each[0], default=(0, None))
        return best, count

    def use(self, parked: ParkedSequence) -> None:
        """Note that a copy was used, if it is still here."""
        if parked in self._parked:
            self._parked.remove(parked)
            self._parked.append(parked)

    def clear(self) -> None:
        """Forget every copy."""
        self._parked.clear()


def common_length(first: array[int], second: array[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    size = min(len(first), len(second))
    if size == 0 or first[0] != second[0]:
        return 0
    same = np.frombuffer(first, np.int32, size) == np.frombuffer(second, np.int32, size)
    return size if same.all() else int(same.argmin())
