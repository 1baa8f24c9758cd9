"""What a generation is asked for, as values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation, and how to go on with it.

    ``json_schema`` and ``grammar`` (GBNF from ``root`` on) empty: free text; one is at most set.
    """

    messages: tuple[PromptMessage, ...]
    json_schema: str
    max_tokens: int
    temperature: float
    seed: int
    stop: tuple[str, ...]
    grammar: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of all of it: two prompts with the same digest ask for the same."""
        canonical = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Finished:
    """How a generation ended; times in seconds.

    ``batch_occupancy`` is the mean number of generations that a step of it computed together.
    """

    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    time_to_first_token: float
    tokens_per_second: float
    cached_prompt_tokens: int = 0
    queue_seconds: float = 0.0
    batch_occupancy: float = 1.0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens of prompts, in order; estimates are rather too high than too low."""

    tokens: tuple[int, ...]
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What is known of the loaded model; ``provider`` as in OpenTelemetry's conventions.

    ``answer_style`` is what its file says of how it answers; empty where it says nothing.

    ``larger_context`` says what a person can do who needs more, as a part of a sentence.
    """

    name: str
    context_tokens: int
    answer_style: str
    sha256: str
    size_bytes: int
    threads: int
    parameters: int
    slots: int = 1
    pool_tokens: int = 0
    provider: str = "llama_cpp"
    larger_context: str = ""
