"""What a span says of a generation, by OpenTelemetry's gen_ai conventions; no content."""

from __future__ import annotations

from typing import Protocol

from opentelemetry import trace
from opentelemetry.util.types import AttributeValue


class Asked(Protocol):
    """What a generation is asked for."""

    @property
    def json_schema(self) -> str:
        """A JSON Schema; empty: free text."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens at most."""
        ...

    @property
    def temperature(self) -> float:
        """0: greedy."""
        ...

    @property
    def seed(self) -> int:
        """The sampler's seed."""
        ...


class Ended(Protocol):
    """How a generation ended; times in seconds, and 0 where nobody knows."""

    @property
    def finish_reason(self) -> str:
        """``stop`` or ``length``."""
        ...

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the prompt."""
        ...

    @property
    def completion_tokens(self) -> int:
        """Tokens that were generated."""
        ...

    @property
    def cached_prompt_tokens(self) -> int:
        """Tokens of the prompt that were not computed again."""
        ...

    @property
    def queue_seconds(self) -> float:
        """The wait for a slot."""
        ...

    @property
    def time_to_first_token(self) -> float:
        """From the call to its first token."""
        ...

    @property
    def tokens_per_second(self) -> float:
        """Generated tokens a second after the first."""
        ...

    @property
    def batch_occupancy(self) -> float:
        """Generations that a step computed together, on average."""
        ...


def note_request(asked: Asked) -> None:
    """Set on the current span what is asked for."""
    trace.get_current_span().set_attributes(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.max_tokens": asked.max_tokens,
            "gen_ai.request.temperature": asked.temperature,
            "gen_ai.request.seed": asked.seed,
            "gen_ai.output.type": "json" if asked.json_schema else "text",
        }
    )


def note_end(ended: Ended, model: str) -> None:
    """Set on the current span how it went on which model; what nobody knows is left out."""
    known: dict[str, AttributeValue] = {
        "gen_ai.response.finish_reasons": [ended.finish_reason],
        "gen_ai.usage.output_tokens": ended.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": ended.cached_prompt_tokens,
        "mesh.llm.queue_seconds": ended.queue_seconds,
        "mesh.llm.time_to_first_token_seconds": ended.time_to_first_token,
    }
    unless_zero: dict[str, str | int | float] = {
        "gen_ai.response.model": model,
        "gen_ai.usage.input_tokens": ended.prompt_tokens,
        "mesh.llm.tokens_per_second": ended.tokens_per_second,
        "mesh.llm.batch_occupancy": ended.batch_occupancy,
    }
    known.update({name: value for name, value in unless_zero.items() if value})
    trace.get_current_span().set_attributes(known)
