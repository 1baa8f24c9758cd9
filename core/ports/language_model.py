"""The language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from core.ports.call_context import CallContext


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How to sample. ``json_schema`` (a JSON Schema as text) constrains the output."""

    max_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    json_schema: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished generation; times in seconds, and 0 where nobody knows.

    ``finish_reason`` is ``stop`` or ``length``; ``model`` names what generated;
    ``batch_occupancy`` is the mean number of generations that a step computed together.
    """

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    model: str = ""
    cached_prompt_tokens: int = 0
    queue_seconds: float = 0.0
    time_to_first_token: float = 0.0
    tokens_per_second: float = 0.0
    batch_occupancy: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of the loaded model.

    ``answer_style`` is how it answers, by what its file says (``mesh.answer_style``); empty for a
    model that takes any instruction. ``larger_context`` says what a person can do who needs more,
    as a part of a sentence.
    """

    name: str
    context_tokens: int
    answer_style: str = ""
    larger_context: str = "take a model with a larger context"


class LanguageModel(Protocol):
    """Generates text. Calls are keyed: the same call id and request give the same generation."""

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate to the end; a call that runs under the same id is joined.

        Raises: InvalidInput (PromptTooLong), IdentifierReused (another request under the call id),
        Unavailable, DeadlineExceeded, LimitExceeded (too many wait), Cancelled, OutputMismatch.
        """
        ...

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Return the tokens of each prompt as `generate` would read it.

        The same prompt and model give the same count. Raises: InvalidInput, Unavailable.
        """
        ...

    async def describe(self) -> ModelInfo:
        """Return what is known of the loaded model. Raises: Unavailable."""
        ...

    async def cancel_calls(self, task_id: str) -> None:
        """Stop every generation of a task; their callers get Cancelled. Raises: Unavailable."""
        ...
