"""The agent service with the mesh's real services: ``python -m tests.chaos.chaos_agent``.

One thing is fixed: which tool the operator calls. The bundled model is asked as ever, and what it
says is put aside, so that every task of the workflow `tool` has the one effect that is counted.
CHAOS_CALL_SECONDS shortens the deadline of every remote call.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from agent_service.app import RemoteServices, open_mesh_services, serve
from agent_service.config import AgentSettings
from core.ports import (
    CallContext,
    ChatMessage,
    EffectAnswer,
    Generation,
    GenerationSettings,
    KnowledgeBase,
    LanguageModel,
    ModelInfo,
    Passage,
    Toolbox,
    ToolDescription,
    ToolResult,
)
from shared.server import run_service

CHOICE = '{"tool": "witness", "arguments": {}}'


def _limited(context: CallContext) -> CallContext:
    seconds = os.environ.get("CHAOS_CALL_SECONDS")
    return replace(context, deadline_seconds=float(seconds)) if seconds else context


@dataclass(frozen=True)
class FixedChoice:
    """A language model that always chooses the witness."""

    model: LanguageModel

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Generate; put the witness in the place of a chosen tool."""
        generation = await self.model.generate(messages, settings, _limited(context))
        if not context.call_id.endswith(":choose"):
            return generation
        return replace(generation, text=CHOICE, finish_reason="stop")

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Count as the real model does."""
        return await self.model.count_tokens(prompts)

    async def describe(self) -> ModelInfo:
        """Return what is known of the real model."""
        return await self.model.describe()

    async def cancel_calls(self, task_id: str) -> None:
        """Stop every generation of a task."""
        await self.model.cancel_calls(task_id)


@dataclass(frozen=True)
class LimitedKnowledge:
    """The knowledge service under the shorter deadline."""

    knowledge: KnowledgeBase

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Search."""
        return await self.knowledge.query(text, limit, _limited(context), collection)


@dataclass(frozen=True)
class LimitedTools:
    """The tool service under the shorter deadline."""

    tools: Toolbox

    async def list_tools(self) -> list[ToolDescription]:
        """List the tools."""
        return await self.tools.list_tools()

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Call a tool."""
        return await self.tools.call(name, arguments, _limited(context))

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Tell the ledger how a call in doubt ended."""
        await self.tools.resolve(call_id, answer)

    async def cancel_calls(self, task_id: str) -> None:
        """Stop every running call of a task."""
        await self.tools.cancel_calls(task_id)


@asynccontextmanager
async def open_services(settings: AgentSettings) -> AsyncIterator[RemoteServices]:
    """Open the mesh's services with the fixed choice."""
    async with open_mesh_services(settings) as remote:
        yield replace(
            remote,
            model=FixedChoice(remote.model),
            knowledge=LimitedKnowledge(remote.knowledge),
            tools=LimitedTools(remote.tools),
        )


if __name__ == "__main__":
    run_service("agent", lambda: serve(open_services))
