"""Tokens a second and generations a step, over the last seconds."""

from __future__ import annotations

import time
from collections import deque

_SECONDS = 5


class Throughput:
    """Counts in buckets of one second; one thread notes, any may measure."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._buckets: deque[tuple[int, int, int, int]] = deque(maxlen=_SECONDS + 1)

    def note(self, tokens: int, together: int) -> None:
        """Note a step that wrote ``tokens`` and computed ``together`` generations."""
        second = int(time.monotonic())
        before = (0, 0, 0)
        if self._buckets and self._buckets[-1][0] == second:
            _, *counts = self._buckets.pop()
            before = (counts[0], counts[1], counts[2])
        self._buckets.append((second, before[0] + tokens, before[1] + 1, before[2] + together))

    def measure(self) -> tuple[float, float]:
        """Return tokens a second and generations a step; the second that runs counts in part."""
        now = time.monotonic()
        recent = [each for each in tuple(self._buckets) if each[0] > now - _SECONDS]
        steps = sum(each[2] for each in recent)
        if not steps:
            return 0.0, 0.0
        passed = max(1.0, min(float(_SECONDS), now - recent[0][0]))
        return sum(each[1] for each in recent) / passed, sum(each[3] for each in recent) / steps
