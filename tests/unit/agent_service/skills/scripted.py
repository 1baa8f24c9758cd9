"""A model that says what a test told it to, and notes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.instant_services import InstantServices, success
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    ModelInfo,
    ToolDescription,
    ToolResult,
)
from core.state import PassageRecord, TaskState, initial_state
from shared.bundled_model import Rewording
from tests.hops import BUNDLED

CODE = "def double(x):\n    return 2 * x"
KNOWN = "write a function called double that doubles a number"
WRITE_FILE = ToolDescription(
    "write_file",
    "Writes a text file.",
    {
        "type": "object",
        "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
        "required": ["path", "content"],
    },
    idempotent=False,
)


@dataclass
class Scripted(InstantServices):
    """Says by the position of a call in its hop, or the same to all; takes the first of a choice.

    It has 8,192 tokens of context, each of them a character.
    """

    answer_style: str = BUNDLED
    says: str = CODE
    by_position: Mapping[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    known: Sequence[Rewording] = ()
    asked: list[dict[str, Any]] = field(default_factory=list)
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up what the services share."""
        InstantServices.__init__(self)

    async def describe(self) -> ModelInfo:
        return ModelInfo("model", 8192, self.answer_style)

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Count a token a character."""
        return [sum(len(each.content) for each in prompt) for prompt in prompts]

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        position = context.call_id.split(":")[-1]
        self.asked.append(
            {
                "position": position,
                "messages": [[each.role, each.content] for each in messages],
                "max_tokens": settings.max_tokens,
                "temperature": settings.temperature,
                "seed": settings.seed,
                "json_schema": settings.json_schema,
            }
        )
        schema = json.loads(settings.json_schema) if settings.json_schema else {}
        chosen = json.dumps(schema["enum"][0]) if "enum" in schema else self.says
        return Generation(self.by_position.get(position, chosen), self.finish_reason, 1, 1)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        return list(self.known)

    async def list_tools(self) -> list[ToolDescription]:
        return [WRITE_FILE]

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        self.called.append((name, dict(arguments)))
        return success(arguments)

    @property
    def positions(self) -> list[str]:
        """The calls of the model, in order."""
        return [each["position"] for each in self.asked]


def task(text: str, **channels: Any) -> TaskState:
    """Return a state with more channels than a new one has."""
    state = initial_state(
        task_id="t", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )
    return TaskState(**{**state, **channels})  # type: ignore[typeddict-item]


def passage(text: str, source: str = "a.md", line: int = 3, score: float = 0.8) -> PassageRecord:
    """Return a passage as the researcher finds it."""
    last = line + text.count("\n")
    return PassageRecord(source=source, start_line=line, end_line=last, text=text, score=score)
