"""What the engine's thread has for the event loop, handed over in bundles."""

from __future__ import annotations

import time

from llm_service.backends.llama.job import Item, Job

# Forty times a second is more than a reader sees. Handing over every token of eight generations
# took as much of two cores as computing them.
_BUNDLE_SECONDS = 0.025


class Handover:
    """Collects items; the text of a generation becomes one piece until it is taken."""

    def __init__(self) -> None:
        """Start empty."""
        self._items: list[tuple[Job, Item]] = []
        self._texts: dict[Job, int] = {}
        self._urgent = False
        self._taken = 0.0

    def add(self, job: Job, item: Item) -> None:
        """Add text, or how a job ended; that, and a job's first text, will not wait."""
        at = self._texts.get(job)
        if isinstance(item, str) and at is not None:
            self._items[at] = (job, f"{self._items[at][1]}{item}")
            return
        if isinstance(item, str):
            self._texts[job] = len(self._items)
        self._urgent = self._urgent or not isinstance(item, str) or not job.heard
        job.heard = True
        self._items.append((job, item))

    def take(self) -> list[tuple[Job, Item]]:
        """Return the items in order; none while nothing is urgent and the last are fresh."""
        now = time.monotonic()
        if not self._items or not (self._urgent or now >= self._taken + _BUNDLE_SECONDS):
            return []
        items, self._items = self._items, []
        self._texts.clear()
        self._urgent = False
        self._taken = now
        return items
