"""The slots: continuous batching, a step at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from core.errors import Cancelled, InvalidInput
from llm_service.backends.backend import EngineStatistics, SlotStatistics
from llm_service.backends.llama.cache.sequences import CachedSequence, SequenceCache
from llm_service.backends.llama.grouping import Grouping
from llm_service.backends.llama.job import Item, Job
from llm_service.backends.llama.pace import Pace
from llm_service.backends.llama.slot import Slot
from llm_service.backends.throughput import Throughput

Post = Callable[[Job, Item], None]
Plan = list[tuple[Slot, Sequence[int]]]


class Context(Protocol):
    """What of a llama.cpp context a step needs."""

    def decode(self, parts: Sequence[tuple[int, int, Sequence[int], bool]]) -> list[int]:
        """Compute a step; return where the scores of the sampled parts lie."""
        ...

    def sample(self, sampler: Any, index: int) -> int:
        """Return the next token. Raises: InvalidInput (a grammar allows none)."""
        ...


class Words(Protocol):
    """What of a model's vocabulary a step needs."""

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token."""
        ...

    def ends(self, token: int) -> bool:
        """Return whether a token ends the generation."""
        ...


class Slots:
    """Generations that are computed together; belongs to the engine's thread.

    A waiting job gets the first free slot once the pool has room for all that it may become:
    first come, first served. A job that runs can therefore never lack a cell.
    """

    def __init__(
        self, context: Context, words: Words, cache: SequenceCache, *, count: int, pace: Pace
    ) -> None:
        """Compute up to ``count`` generations at once."""
        self._context = context
        self._words = words
        self._cache = cache
        self.count = count
        self._pace = pace
        self._grouping = Grouping()
        self._waiting: deque[Job] = deque()
        self._slots: list[Slot] = []
        self._throughput = Throughput()
        self._calls = self._hits = self._prompt_tokens = self._reused = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self._slots and not self._waiting

    @property
    def held(self) -> int:
        """Jobs with and without a slot."""
        return len(self._slots) + len(self._waiting)

    @property
    def waiting(self) -> int:
        """Jobs without a slot."""
        return len(self._waiting)

    def add(self, job: Job) -> None:
        """Let a job wait for a slot."""
        self._waiting.append(job)

    def step(self, post: Post) -> None:
        """Let go what was cancelled, fill free slots, and compute a token of each that writes."""
        self._release_cancelled(post)
        self._admit()
        for plan in self._plans():
            self._compute(plan, post)

    def _compute(self, plan: Plan, post: Post) -> None:
        started = time.monotonic()
        parts = [
            (slot.sequence.number, len(slot.sequence.tokens), tokens, slot.unread <= len(tokens))
            for slot, tokens in plan
        ]
        writing = sum(1 for slot, _ in plan if not slot.unread)
        read = sum(len(tokens) for slot, tokens in plan if slot.unread)
        sampled = iter(self._context.decode(parts))
        for (slot, tokens), (_, _, _, wanted) in zip(plan, parts, strict=True):
            self._cache.grow(slot.sequence, tokens)
            slot.note_step(len(plan))
            if wanted:
                self._write(slot, next(sampled), post)
        seconds = time.monotonic() - started
        self._pace.learn(writing, read, seconds)
        if not read:
            self._grouping.learn(writing, seconds)
        self._throughput.note(sum(1 for part in parts if part[3]), len(plan))

    def release_all(self, post: Post, error: Item) -> None:
        """End everything with ``error``, without a look at the context."""
        for job in (*(slot.job for slot in self._slots), *self._waiting):
            post(job, error)
            job.free()
        self._slots.clear()
        self._waiting.clear()

    def statistics(self) -> EngineStatistics:
        """Return how busy the slots are."""
        details = [slot.statistics() for slot in self._slots]
        details += [SlotStatistics("idle")] * (self.count - len(details))
        rate, occupancy = self._throughput.measure()
        return EngineStatistics(
            slots=self.count,
            busy=len(self._slots),
            waiting=len(self._waiting),
            tokens_per_second=rate,
            batch_occupancy=occupancy,
            used_tokens=self._cache.used_cells,
            cached_tokens=self._cache.kept_tokens,
            calls=self._calls,
            cache_hits=self._hits,
            prompt_tokens=self._prompt_tokens,
            reused_tokens=self._reused,
            details=tuple(details),
        )

    def _release_cancelled(self, post: Post) -> None:
        gone = Cancelled("the generation was let go")
        for slot in [each for each in self._slots if each.job.cancelled]:
            post(slot.job, gone)
            self._release(slot)
        for job in [each for each in self._waiting if each.cancelled]:
            self._waiting.remove(job)
            post(job, gone)
            job.free()

    def _admit(self) -> None:
        while self._waiting and len(self._slots) < self.count:
            job = self._waiting[0]
            sequence = self._cache.open(job.tokens, len(job.tokens) + job.max_tokens)
            if sequence is None:
                return  # those that run will make room
            self._waiting.popleft()
            self._slots.append(Slot(job, sequence))
            self._count_call(job, sequence)

    def _count_call(self, job: Job, sequence: CachedSequence) -> None:
        self._calls += 1
        self._hits += bool(sequence.tokens)
        self._prompt_tokens += len(job.tokens)
        self._reused += len(sequence.tokens)

    def _plans(self) -> list[Plan]:
        """Return who computes what, batch by batch: each writer a token, the readers a chunk."""
        writers: Plan = [(each, each.next_tokens(1)) for each in self._slots if not each.unread]
        readers = self._plan_reading(len(writers))
        if readers:
            return [writers + readers]
        plans = []
        for size in self._grouping.sizes(len(writers)) if writers else ():
            plans.append(writers[:size])
            writers = writers[size:]
        return plans

    def _plan_reading(self, writing: int) -> Plan:
        """Return a fair share of a chunk for each that reads."""
        readers = sorted(
            (slot for slot in self._slots if slot.unread), key=lambda slot: slot.unread
        )
        plan: Plan = []
        chunk = self._pace.chunk(writing) if readers else 0
        for index, slot in enumerate(readers):
            share = -(-chunk // (len(readers) - index))
            tokens = slot.next_tokens(share) if share else ()
            if tokens:
                plan.append((slot, tokens))
                chunk -= len(tokens)
        return plan

    def _write(self, slot: Slot, index: int, post: Post) -> None:
        try:
            token = self._context.sample(slot.job.sampler, index)
        except InvalidInput as error:
            post(slot.job, error)
            self._release(slot)
            return
        text, end = slot.write(token, self._words.piece(token), self._words.ends(token))
        if text:
            post(slot.job, text)
        if end is not None:
            post(slot.job, end)
            self._release(slot)

    def _release(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._cache.keep(slot.sequence)
        slot.job.free()
