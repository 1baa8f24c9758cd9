"""A place in the batch, and the generation that has it."""

from __future__ import annotations

import time
from array import array
from typing import Literal

from llm_service.backends.backend import SlotStatistics
from llm_service.backends.llama.cache.sequences import CachedSequence
from llm_service.backends.llama.job import Job
from llm_service.backends.llama.text import TextStream
from llm_service.prompt import Finished


class Slot:
    """A generation at work: first its prompt is read, then it writes a token a step."""

    def __init__(self, job: Job, sequence: CachedSequence) -> None:
        """Begin with what the cache has of the prompt."""
        self.job = job
        self.sequence = sequence
        self.reused = len(sequence.tokens)
        self.text = TextStream(job.stops)
        self.generated = 0
        self._last = 0
        self._started = time.monotonic()
        self._first = 0.0
        self._steps = 0
        self._together = 0

    @property
    def unread(self) -> int:
        """Tokens of the prompt that are not computed yet."""
        return max(0, len(self.job.tokens) - len(self.sequence.tokens))

    def next_tokens(self, chunk: int) -> array[int]:
        """Return what the next step computes: some of the prompt, or the last token written."""
        at = len(self.sequence.tokens)
        if self.unread:
            return self.job.tokens[at : at + chunk]
        return array("i", [self._last])

    def note_step(self, together: int) -> None:
        """Note how many generations shared a step of this one."""
        self._steps += 1
        self._together += together

    def write(self, token: int, piece: bytes, ends: bool) -> tuple[str, Finished | None]:
        """Take the next token; return the text that is certain now, and the end if it is there."""
        self._first = self._first or time.monotonic()
        if ends:
            return self.text.finish(), self._finished("stop")
        self.generated += 1
        self._last = token
        text = self.text.add(piece)
        if self.text.stopped:
            return text, self._finished("stop")
        if self.generated >= self.job.max_tokens:
            text += self.text.finish()
            return text, self._finished("stop" if self.text.stopped else "length")
        return text, None

    def statistics(self) -> SlotStatistics:
        """Return what it does now."""
        read = min(len(self.sequence.tokens), len(self.job.tokens))
        return SlotStatistics(
            state="reads" if self.unread else "writes",
            prompt_tokens=len(self.job.tokens),
            cached_tokens=self.reused,
            read_tokens=read,
            generated_tokens=self.generated,
            seconds=time.monotonic() - self._started,
        )

    def _finished(self, reason: Literal["stop", "length"]) -> Finished:
        busy = time.monotonic() - self._first
        return Finished(
            finish_reason=reason,
            prompt_tokens=len(self.job.tokens),
            completion_tokens=self.generated,
            time_to_first_token=self._first - self.job.asked,
            tokens_per_second=max(0, self.generated - 1) / busy if busy > 0 else 0.0,
            cached_prompt_tokens=self.reused,
            queue_seconds=self._started - self.job.asked,
            batch_occupancy=self._together / max(1, self._steps),
        )
