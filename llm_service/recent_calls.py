"""What the last calls took."""

from __future__ import annotations

from collections import deque
from statistics import fmean

from llm_service.backends.backend import RecentMeans
from llm_service.prompt import Finished

_CALLS = 100


class RecentCalls:
    """The last hundred calls that generated to their end, on whichever backend."""

    def __init__(self) -> None:
        """Start with none."""
        self._ends: deque[Finished] = deque(maxlen=_CALLS)

    def note(self, end: Finished) -> None:
        """Note how a call ended."""
        self._ends.append(end)

    def means(self) -> RecentMeans:
        """Return the means; a call that wrote a single token has no pace, and does not slow it."""
        if not self._ends:
            return RecentMeans()
        paces = [end.tokens_per_second for end in self._ends if end.tokens_per_second > 0]
        return RecentMeans(
            calls=len(self._ends),
            time_to_first_token=fmean(end.time_to_first_token for end in self._ends),
            queue_seconds=fmean(end.queue_seconds for end in self._ends),
            tokens_per_second=fmean(paces) if paces else 0.0,
        )
