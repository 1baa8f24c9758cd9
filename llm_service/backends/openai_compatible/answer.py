"""The answer of a server as it streams in: its text, how it ended and what it cost."""

from __future__ import annotations

import time
from typing import Any, Literal

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from core.errors import InvalidInput, Unavailable
from llm_service.backends.backend import SlotStatistics
from llm_service.prompt import Finished


class Answer:
    """Collects the chunks of one chat completion."""

    def __init__(self, queue_seconds: float) -> None:
        """Start the clock; the call waited for its turn before."""
        self.text = ""
        self._queue_seconds = queue_seconds
        self._started = time.monotonic()
        self._first = 0.0
        self._pieces = 0
        self._reason = ""
        self._usage: CompletionUsage | None = None

    def take(self, chunk: ChatCompletionChunk) -> str:
        """Return the text of a chunk, empty when it carries none.

        The client checks no types, and a server may leave out whatever it likes.
        """
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices or ():
            self._reason = choice.finish_reason or self._reason
            text = _text(choice.delta) if choice.delta else ""
            if text:
                self._pieces += 1
                self._first = self._first or time.monotonic()
                self.text += text
                return text
        return ""

    @property
    def ended(self) -> bool:
        """Whether the server said why it ended."""
        return bool(self._reason)

    def progress(self) -> SlotStatistics:
        """Return how far it is; the tokens of the prompt are told at the end alone."""
        return SlotStatistics(
            state="writes" if self._pieces else "reads",
            generated_tokens=self._pieces,
            seconds=time.monotonic() - self._started,
        )

    def finish(self) -> Finished:
        """Return how it ended.

        A server that tells no usage leaves the prompt's tokens at 0 and the output's at the
        number of pieces, which are mostly tokens; none tells its batches. Raises: InvalidInput
        (the server's content filter), Unavailable (the stream stopped before its end).
        """
        if not self._reason:
            raise Unavailable("the server ended the stream before the generation had ended")
        if self._reason == "content_filter":
            raise InvalidInput("the server's content filter ended the generation", "messages")
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        now = time.monotonic()
        first = self._first or now
        told = self._usage
        tokens = (told.completion_tokens if told else 0) or self._pieces
        return Finished(
            finish_reason=reason,
            prompt_tokens=(told.prompt_tokens if told else 0) or 0,
            completion_tokens=tokens,
            time_to_first_token=self._queue_seconds + first - self._started,
            tokens_per_second=tokens / (now - first) if now > first else 0.0,
            cached_prompt_tokens=_cached_tokens(told),
            queue_seconds=self._queue_seconds,
            batch_occupancy=0.0,
        )


def _text(delta: ChoiceDelta) -> str:
    """Return the words of a piece: of the answer, or of the arguments of its only function call."""
    texts: list[Any] = [delta.content]
    for call in delta.tool_calls or ():
        texts.append(call.function.arguments if call.function else None)
    return "".join(text for text in texts if isinstance(text, str))


def _cached_tokens(usage: CompletionUsage | None) -> int:
    details = usage.prompt_tokens_details if usage else None
    return (details.cached_tokens if details else 0) or 0
