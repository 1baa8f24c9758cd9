"""How busy the server is kept, as far as the mesh sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llm_service.backends.backend import EngineStatistics, SlotStatistics
from llm_service.backends.openai_compatible.answer import Answer
from llm_service.backends.openai_compatible.turns import Turns
from llm_service.backends.throughput import Throughput
from llm_service.prompt import Finished

_IDLE = SlotStatistics("idle")


class Figures:
    """Counts what runs and what ran; of batches and caches it knows what the server tells."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._running: dict[int, Answer] = {}
        self._throughput = Throughput()
        self._calls = self._prompt_tokens = self._reused_tokens = self._cache_hits = 0

    @contextmanager
    def running(self, answer: Answer) -> Iterator[None]:
        """Count a generation as one that runs."""
        self._calls += 1
        self._running[id(answer)] = answer
        try:
            yield
        finally:
            del self._running[id(answer)]

    def note_piece(self) -> None:
        """Note a piece of text, which is mostly a token."""
        self._throughput.note(1, 0)

    def note_end(self, end: Finished) -> None:
        """Note what a generation came to."""
        self._prompt_tokens += end.prompt_tokens
        self._reused_tokens += end.cached_prompt_tokens
        self._cache_hits += end.cached_prompt_tokens > 0

    def statistics(self, turns: Turns) -> EngineStatistics:
        """Return all of it."""
        details = [answer.progress() for answer in self._running.values()]
        details += [_IDLE] * (turns.slots - len(details))
        return EngineStatistics(
            slots=turns.slots,
            busy=turns.busy,
            waiting=turns.waiting,
            tokens_per_second=self._throughput.measure()[0],
            calls=self._calls,
            cache_hits=self._cache_hits,
            prompt_tokens=self._prompt_tokens,
            reused_tokens=self._reused_tokens,
            details=tuple(details),
        )
