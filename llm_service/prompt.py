"""What a generation is asked for, as values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.json_text import read_json

_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool that the model may call; ``parameters_schema`` is a JSON Schema as text."""

    name: str
    description: str
    parameters_schema: str

    @property
    def described(self) -> dict[str, Any]:
        """The tool as a model is told of it."""
        parameters = read_json(self.parameters_schema, _MAX_DEPTH, any_text=True)
        return {"name": self.name, "description": self.description, "parameters": parameters}


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call of a tool that the model wrote; ``arguments`` is a JSON object as text."""

    call_id: str
    name: str
    arguments: str

    @property
    def values(self) -> Any:
        """The arguments as values."""
        return read_json(self.arguments, _MAX_DEPTH, any_text=True)


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt.

    An assistant's may hold calls of tools; a tool's holds the result of the call ``tool_call_id``.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[WrittenCall, ...] = ()
    tool_call_id: str = ""


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
    tools: tuple[OfferedTool, ...] = ()
    tool_choice: Literal["auto", "none", "required"] = "auto"

    @property
    def speaks_of_tools(self) -> bool:
        """Whether tools are offered, or were called before."""
        return bool(self.tools) or any(
            each.tool_calls or each.role == "tool" for each in self.messages
        )

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

    finish_reason: Literal["stop", "length", "tool_calls"]
    prompt_tokens: int
    completion_tokens: int
    time_to_first_token: float
    tokens_per_second: float
    cached_prompt_tokens: int = 0
    queue_seconds: float = 0.0
    batch_occupancy: float = 1.0
    tool_calls: tuple[WrittenCall, ...] = ()


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
