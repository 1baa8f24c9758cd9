"""The cache as sequences of tokens: those that run, and those kept for whoever begins alike."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol

from llm_service.backends.llama.cache.cells import CellPool
from llm_service.backends.llama.cache.parking import (
    ParkedSequence,
    Parking,
    Saved,
    common_length,
)

_SMALLEST_HIT = 4
_KEEP_FREE = 4  # an eviction frees a quarter of the pool, so that it comes seldom
# Attention looks at every cell that is taken, by whomever: of a 120 MB model 2,000 kept tokens
# take a twentieth of a step's pace, 30,000 half of it and four fifths of the reading's.
_MOST_KEPT = 2048


class Memory(Protocol):
    """What of a llama.cpp context is needed here."""

    def share(self, source: int, target: int, count: int) -> bool:
        """Give the first ``count`` tokens of a sequence to an empty one too."""
        ...

    def forget(self, sequence: int) -> None:
        """Take a sequence's tokens away."""
        ...

    def save(self, sequence: int) -> Saved:
        """Return a copy of what a sequence holds, outside the cache."""
        ...

    def restore(self, sequence: int, saved: Saved, count: int) -> bool:
        """Put the first ``count`` tokens of a copy into an empty sequence."""
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
    """Opens sequences on the longest prefix that is there, and keeps those that have ended.

    Kept sequences stay in the cache while they are few; else they are parked: copied out of it
    once nothing runs, and copied back for a prompt that begins like one.

    Attention adds up in the order of the cells, and llama.cpp fills the lowest hole first. With
    ``in_order`` no hole ever arises, so that the sums of a sequence are the same wherever it
    lies: nothing kept leaves the cache until nothing runs, and then all of it does. Without it the
    kept sequences that were used least recently leave as soon as room is wanted.
    """

    def __init__(
        self,
        memory: Memory,
        pool: CellPool,
        parking: Parking,
        *,
        numbers: int,
        shares: bool,
        in_order: bool,
    ) -> None:
        """Use the sequence ids under ``numbers``; hand prefixes on only if ``shares``."""
        self._memory = memory
        self._pool = pool
        self._parking = parking
        most = min(_MOST_KEPT, pool.size // _KEEP_FREE)
        self._most_kept = most if parking.room >= most else pool.size
        self._shares = shares
        self._in_order = in_order and shares
        self._numbers = list(range(numbers - 1, -1, -1))
        self._running: dict[int, CachedSequence] = {}
        self._kept: OrderedDict[int, CachedSequence] = OrderedDict()

    @property
    def kept_tokens(self) -> int:
        """Tokens in kept and parked sequences; those that several share count each time."""
        return sum(len(each.tokens) for each in self._kept.values()) + self._parking.tokens

    @property
    def used_cells(self) -> int:
        """Cells that hold a token."""
        return self._pool.size - self._pool.free

    def open(self, prompt: array[int], limit: int) -> CachedSequence | None:
        """Return a sequence that may grow to ``limit`` tokens, with what the cache has of it.

        At least the prompt's last token is left to compute. None: there is no room now.
        """
        source, count = self._longest(prompt)
        parked, parked_count = self._longest_parked(prompt, count)
        if parked is not None:
            source, count = None, 0
        more = max(limit - count, len(parked.tokens) if parked is not None else 0)
        if not self._fits(more) and not self._evict(more, source):
            if self._running:
                return None
            self._park_kept()
            source = None
            parked, parked_count = self._longest_parked(prompt, 0)
        sequence = CachedSequence(self._numbers.pop(), limit)
        self._running[sequence.number] = sequence
        if source is not None:
            self._begin_with(sequence, source, count)
        elif parked is not None:
            self._begin_with_parked(sequence, parked, parked_count)
        return sequence

    def grow(self, sequence: CachedSequence, tokens: Iterable[int]) -> None:
        """Note that tokens were computed at the sequence's end."""
        before = len(sequence.tokens)
        sequence.tokens.extend(tokens)
        sequence.cells.extend(self._pool.take(len(sequence.tokens) - before))

    def keep(self, sequence: CachedSequence) -> None:
        """Keep a sequence that has ended for those that begin like it."""
        if self._shares and len(sequence.tokens) >= _SMALLEST_HIT:
            self._keep(sequence)
        else:
            self.drop(sequence)
        if not self._running and self.used_cells > self._most_kept:
            self._park_kept()

    def _keep(self, sequence: CachedSequence) -> None:
        del self._running[sequence.number]
        for other in list(self._kept.values()):
            if sequence.cells[: len(other.cells)] == other.cells:
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
        """Forget all that is only kept, in the cache or parked."""
        for sequence in list(self._kept.values()):
            self.drop(sequence)
        self._parking.clear()

    def _park_kept(self) -> None:
        for sequence in list(self._kept.values()):
            self._park(sequence)

    def _park(self, sequence: CachedSequence) -> None:
        """Copy a kept sequence out of the cache."""
        if self._parking.takes(sequence.tokens):
            saved = self._memory.save(sequence.number)
            self._parking.add(ParkedSequence(sequence.tokens, saved))
        self.drop(sequence)

    def _longest(self, prompt: array[int]) -> tuple[CachedSequence | None, int]:
        best: CachedSequence | None = None
        most = _SMALLEST_HIT - 1
        if self._shares:
            wanted = prompt[:-1]
            for each in (*self._running.values(), *self._kept.values()):
                if len(each.tokens) > most:
                    count = common_length(each.tokens, wanted)
                    if count > most:
                        best, most = each, count
        return best, most if best is not None else 0

    def _longest_parked(self, prompt: array[int], most: int) -> tuple[ParkedSequence | None, int]:
        """Return the parked sequence that shares more than ``most`` tokens, and how many."""
        parked, count = self._parking.longest(prompt[:-1])
        if parked is None or count < max(_SMALLEST_HIT, most + 1):
            return None, 0
        return parked, count

    def _begin_with_parked(
        self, sequence: CachedSequence, parked: ParkedSequence, count: int
    ) -> None:
        if not self._memory.restore(sequence.number, parked.saved, count):
            self._memory.forget(sequence.number)
            return
        self.grow(sequence, parked.tokens[:count])
        self._parking.use(parked)

    def _begin_with(self, sequence: CachedSequence, source: CachedSequence, count: int) -> None:
        if not self._memory.share(source.number, sequence.number, count):
            self._memory.forget(sequence.number)
            return
        sequence.tokens = source.tokens[:count]
        sequence.cells = source.cells[:count]
        self._pool.share(sequence.cells)
        if source.number in self._kept:
            self._kept.move_to_end(source.number)

    def _fits(self, more: int) -> bool:
        """Whether there is an id, and room for all that may still be written and ``more``."""
        promised = sum(each.limit - len(each.tokens) for each in self._running.values())
        return bool(self._numbers) and self._pool.free >= promised + more

    def _evict(self, more: int, spared: CachedSequence | None) -> bool:
        """Park the kept sequences used least recently; say whether there is room now."""
        if self._in_order:
            return False
        some = self._pool.size // _KEEP_FREE
        for each in [each for each in self._kept.values() if each is not spared]:
            if self._fits(more + some):
                break
            self._park(each)
        return self._fits(more)
