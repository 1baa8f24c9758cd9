"""How many generations a batch computes together, by what batches took so far."""

from __future__ import annotations

from collections import deque
from statistics import median

_REMEMBERED = 9  # batches of a size: a median over them does not see one that was interrupted
_WEIGHED = 16  # steps that a choice stands
_SECOND_LOOK = 256  # steps after which the other way is tried again: contexts grow
_WORTH = 0.9  # of the seconds of one batch that several must stay under


class Grouping:
    """Weighs one batch of all that write against several smaller ones.

    A bigger batch need not be the faster way: llama.cpp's Q8_0 kernel for x86 takes three times
    as long for two tokens as for one, and no longer for eight than for four.
    """

    def __init__(self) -> None:
        """Know nothing: all are computed together until a smaller size was measured."""
        self._seconds: dict[int, deque[float]] = {}
        self._chosen: dict[int, tuple[list[int], list[int]]] = {}
        self._steps = 0

    def sizes(self, count: int) -> list[int]:
        """Return the sizes of the batches to compute for ``count`` generations that write."""
        self._steps += 1
        if count < 2 or count not in self._seconds:
            return [count]
        if count not in self._chosen or self._steps % _WEIGHED == 0:
            self._chosen[count] = self._weigh(count)
        faster, other = self._chosen[count]
        return other if self._steps % _SECOND_LOOK == 0 else faster

    def learn(self, size: int, seconds: float) -> None:
        """Note what a batch of ``size`` generations took that all wrote."""
        self._seconds.setdefault(size, deque(maxlen=_REMEMBERED)).append(seconds)

    def _weigh(self, count: int) -> tuple[list[int], list[int]]:
        """Return the way to take, and the other one."""
        seconds, apart = self._fastest_apart(count)
        together = [count]
        if not apart:
            return together, together
        if seconds < _WORTH * median(self._seconds[count]):
            return apart, together
        return together, apart

    def _fastest_apart(self, count: int) -> tuple[float, list[int]]:
        """Return the least seconds of two or more measured sizes that make ``count``, and them."""
        known = {size: median(each) for size, each in self._seconds.items() if size < count}
        best: list[tuple[float, list[int]]] = [(0.0, [])]
        for number in range(1, count + 1):
            ways = [
                (best[number - size][0] + seconds, [*best[number - size][1], size])
                for size, seconds in known.items()
                if size == number or (size < number and best[number - size][1])
            ]
            best.append(min(ways, default=(0.0, [])))
        return best[count]
