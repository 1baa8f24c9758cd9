"""The cache as sequences of tokens: those that run, and those kept for whoever begins alike."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from llm_service.backends.llama.cells import CellPool

_SMALLEST_HIT = 4
_KEEP_FREE = 4  # an eviction frees a quarter of the pool, so that it comes seldom


class Memory(Protocol):
    """What of a llama.cpp context is needed here."""

    def share(self, source: int, target: int, count: int) -> bool:
        """Give the first ``count`` tokens of a sequence to an empty one too."""
        ...

    def forget(self, sequence: int) -> None:
        """Take a sequence's tokens away."""
        ...


class CachedSequence:
    """Tokens in the cache under one of llama.cpp's sequence ids."""

    def __init__(self, number: int, limit: int) -> None:
        """Start empty, to grow to ``limit`` tokens at most."""
        self.number = number
        self.limit = limit
        self.tokens: array[int] = array("i")
        self.cells: array[int] = array("i")


class SequenceCache:
    """Opens sequences on the longest prefix that is there, and evicts the oldest kept ones."""

    def __init__(self, memory: Memory, pool: CellPool, *, numbers: int, shares: bool) -> None:
        """Use the sequence ids under ``numbers``; hand prefixes on only if ``shares``."""
        self._memory = memory
        self._pool = pool
        self._shares = shares
        self._numbers = list(range(numbers - 1, -1, -1))
        self._running: dict[int, CachedSequence] = {}
        self._kept: OrderedDict[int, CachedSequence] = OrderedDict()

    @property
    def kept_tokens(self) -> int:
        """Tokens in kept sequences; those that several share count each time."""
        return sum(len(each.tokens) for each in self._kept.values())

    @property
    def used_cells(self) -> int:
        """Cells that hold a token."""
        return self._pool.size - self._pool.free

    def open(self, prompt: array[int], limit: int) -> CachedSequence | None:
        """Return a sequence that may grow to ``limit`` tokens, with what the cache has of it.

        At least the prompt's last token is left to compute. None: there is no room now.
        """
        source, count = self._longest(prompt)
        if not self._free_a_number(source):
            return None
        sequence = CachedSequence(self._numbers.pop(), limit)
        if source is not None and self._memory.share(source.number, sequence.number, count):
            sequence.tokens = prompt[:count]
            sequence.cells = source.cells[:count]
            self._pool.share(sequence.cells)
            if source.number in self._kept:
                self._kept.move_to_end(source.number)
        elif source is not None:
            self._memory.forget(sequence.number)
        self._running[sequence.number] = sequence
        if self._make_room():
            return sequence
        self.drop(sequence)
        return None

    def grow(self, sequence: CachedSequence, tokens: Iterable[int]) -> None:
        """Note that tokens were computed at the sequence's end."""
        before = len(sequence.tokens)
        sequence.tokens.extend(tokens)
        sequence.cells.extend(self._pool.take(len(sequence.tokens) - before))

    def keep(self, sequence: CachedSequence) -> None:
        """Keep a sequence that has ended for those that begin like it."""
        if not self._shares or len(sequence.tokens) < _SMALLEST_HIT:
            self.drop(sequence)
            return
        del self._running[sequence.number]
        for other in list(self._kept.values()):
            if _common(other.tokens, sequence.tokens) == len(other.tokens):
                self.drop(other)
        self._kept[sequence.number] = sequence

    def drop(self, sequence: CachedSequence) -> None:
        """Take a sequence out of the cache."""
        self._running.pop(sequence.number, None)
        self._kept.pop(sequence.number, None)
        self._memory.forget(sequence.number)
        self._pool.release(sequence.cells)
        self._numbers.append(sequence.number)

    def drop_kept(self) -> None:
        """Take all that is only kept out of the cache."""
        for sequence in list(self._kept.values()):
            self.drop(sequence)

    def _longest(self, prompt: array[int]) -> tuple[CachedSequence | None, int]:
        best: CachedSequence | None = None
        most = _SMALLEST_HIT - 1
        if self._shares:
            wanted = prompt[:-1]
            for each in (*self._running.values(), *self._kept.values()):
                if len(each.tokens) > most:
                    count = _common(each.tokens, wanted)
                    if count > most:
                        best, most = each, count
        return best, most

    def _free_a_number(self, spared: CachedSequence | None) -> bool:
        if not self._numbers:
            oldest = [each for each in self._kept.values() if each is not spared]
            for each in oldest[: max(1, len(oldest) // 2)]:
                self.drop(each)
        return bool(self._numbers)

    def _make_room(self) -> bool:
        """Evict until every running sequence can grow to its limit; say whether it can."""
        promised = sum(each.limit - len(each.tokens) for each in self._running.values())
        if self._pool.free >= promised:
            return True
        wanted = promised + self._pool.size // _KEEP_FREE
        while self._kept and self._pool.free < wanted:
            self.drop(next(iter(self._kept.values())))
        return self._pool.free >= promised


def _common(first: array[int], second: array[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    size = min(len(first), len(second))
    if size == 0 or first[0] != second[0]:
        return 0
    same = np.frombuffer(first, np.int32, size) == np.frombuffer(second, np.int32, size)
    return size if same.all() else int(same.argmin())
