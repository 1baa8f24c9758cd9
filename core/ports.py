"""What the workflow needs from outside, as Protocols. Services hand in the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from core.routing import Route, RouteDecision


@dataclass(frozen=True, slots=True)
class CallContext:
    """Travels with every remote call: who calls, on whose behalf, under which id.

    ``call_id`` names the call itself (the same again after a crash); ``deadline_seconds`` is
    the time that is left for it.
    """

    call_id: str
    task_id: str
    correlation_id: str
    hop_index: int = 0
    remaining_loops: int = 0
    deadline_seconds: float = 60.0


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
    """What is known of the loaded model. ``extractive`` models may only quote passages.

    ``larger_context`` says what a person can do who needs more, as a part of a sentence.
    """

    name: str
    context_tokens: int
    extractive: bool
    larger_context: str = "take a model with a larger context"


@dataclass(frozen=True, slots=True)
class Rewording:
    """A request that the model is known to understand, and may mean the same as another.

    Code that does what ``text`` asks defines ``name`` and fulfils the ``assertions``. ``score``
    is the probability that this is what is meant, less where a constant had to be assumed.
    """

    text: str
    name: str
    assertions: tuple[str, ...]
    score: float


class LanguageModel(Protocol):
    """Generates text. Calls are keyed: the same call id and request give the same generation."""

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate to the end.

        Raises: InvalidInput, Unavailable, DeadlineExceeded, LimitExceeded.
        """
        ...

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Say a request for code in words that the model knows, at most ``limit``, best first.

        Empty for a model that needs no such help. Raises: InvalidInput, Unavailable.
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
        """Stop every generation of a task. Raises: Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an ingested source; lines count from 1, ``score`` is a cosine in [-1, 1]."""

    source: str
    start_line: int
    end_line: int
    text: str
    score: float


class KnowledgeBase(Protocol):
    """Finds passages of ingested documents."""

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return at most ``limit`` passages of a collection, best first. Raises: Unavailable.

        An empty ``collection`` is the default one.
        """
        ...


@dataclass(frozen=True, slots=True)
class ToolDescription:
    """A registered tool; ``parameters_schema`` is a JSON Schema object."""

    name: str
    description: str
    parameters_schema: Mapping[str, Any]
    idempotent: bool


@dataclass(frozen=True, slots=True)
class ToolResult:
    """How a tool call ended. ``ok`` is False when the tool itself reports a failure.

    ``output`` is text for a reader; ``data`` holds the structured result (may be empty).
    ``replayed`` is True when the ledger gave back the recorded result of an earlier call.
    """

    ok: bool
    output: str
    data: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False


class Toolbox(Protocol):
    """Lists and calls tools. Calls are keyed by ``context.call_id`` in a ledger."""

    async def list_tools(self) -> list[ToolDescription]:
        """Return the registered tools by name. Raises: Unavailable."""
        ...

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Call a tool once; the same call id gives the recorded result back.

        Raises: NotFound, InvalidInput, Unavailable, DeadlineExceeded, OutcomeUnknown,
        SandboxUnavailable, IdentifierReused.
        """
        ...

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Tell the ledger how a call ended whose outcome nobody knew; again changes nothing.

        Raises: NotFound, Unavailable.
        """
        ...

    async def cancel_calls(self, task_id: str) -> None:
        """Stop every running call of a task. Raises: Unavailable."""
        ...


class Router(Protocol):
    """Decides which route a request takes."""

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Classify ``text``. Raises: Unavailable, DeadlineExceeded."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector of ``dimensions`` floats a text, each of length 1."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        ...


@dataclass(frozen=True, slots=True)
class EffectAnswer:
    """What a person said about a call whose outcome nobody knew.

    ``happened`` says whether its effect did; ``note`` is then handed on as the call's output.
    """

    happened: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A JSON value that a hop chose before it acted on it."""

    value: Any


class HopJournal(Protocol):
    """Records durably what a hop must know again after a crash: its start, its decisions."""

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Return what was decided under a call id; None when nothing was."""
        ...

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Make a JSON value durable under a call id; return it, or the one that was there first.

        Raises: WrongState when the task runs no longer.
        """
        ...

    async def answer_for(self, task_id: str, call_id: str) -> EffectAnswer | None:
        """Return what a person said about the effect of a call; None when nobody was asked."""
        ...

    async def start_hop(self, task_id: str, hop_index: int, role: str, remaining_loops: int) -> int:
        """Record the start and return the attempt, from 1. Durable on return."""
        ...


class ServiceHealth(Protocol):
    """Knows which routes cannot be taken now."""

    async def unavailable_routes(self) -> Mapping[Route, str]:
        """Return the routes whose services are down or draining, each with the reason."""
        ...


class Clock(Protocol):
    """Tells the time."""

    def now_iso(self) -> str:
        """Return the time in UTC as ISO 8601 with microseconds."""
        ...
