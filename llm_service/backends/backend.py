"""What the engine wants of whatever computes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from llm_service.prompt import Finished, ModelDescription, Prompt, PromptMessage, TokenCounts


@dataclass(frozen=True, slots=True)
class SlotStatistics:
    """What a slot does now; counts in tokens, time in seconds."""

    state: Literal["idle", "reads", "writes"]
    prompt_tokens: int = 0
    cached_tokens: int = 0
    read_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RecentMeans:
    """Means over the last calls that ended; times in seconds. No calls: all of it is 0."""

    calls: int = 0
    time_to_first_token: float = 0.0
    queue_seconds: float = 0.0
    tokens_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class EngineStatistics:
    """How busy a backend is; what it cannot know is zero.

    ``tokens_per_second`` and ``batch_occupancy`` (generations a step) are those of the last five
    seconds; ``prompt_tokens``, ``reused_tokens`` and ``cache_hits`` count from the start.
    ``recent`` is the engine's to fill in.
    """

    slots: int
    busy: int
    waiting: int
    tokens_per_second: float = 0.0
    batch_occupancy: float = 0.0
    pool_tokens: int = 0
    used_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0
    cache_hits: int = 0
    prompt_tokens: int = 0
    reused_tokens: int = 0
    details: tuple[SlotStatistics, ...] = ()
    recent: RecentMeans = RecentMeans()


class Backend(Protocol):
    """Generates; any number of calls at once."""

    async def describe(self) -> ModelDescription:
        """Return what is known of the model."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Finished, None]:
        """Yield pieces of text, then how it finished; closing it frees what it holds.

        Raises: InvalidInput (a prompt over the context, a schema that cannot be compiled),
        LimitExceeded (the queue is full), Unavailable (nothing computes).
        """
        ...

    async def count_tokens(self, prompts: Sequence[tuple[PromptMessage, ...]]) -> TokenCounts:
        """Count the tokens of prompts as `stream` would read them.

        Raises: InvalidInput (the chat template refuses one), Unavailable.
        """
        ...

    def statistics(self) -> EngineStatistics:
        """Return how busy it is."""
        ...

    async def watch(self) -> None:
        """Return never, but raise Unavailable once nothing can be computed any more.

        Whoever awaits it then starts the service anew: what it waits for does not come back.
        """
        ...

    async def close(self) -> None:
        """Free the model; what still runs fails as Unavailable."""
        ...
