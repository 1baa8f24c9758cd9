"""Services that answer at once, so that what is measured is the orchestration alone.

They keep no ledger and check nothing, unlike the fakes of the tests, whose work would be measured
with the workflow's.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from agent_service.app import RemoteServices
from agent_service.config import AgentSettings
from agent_service.skills.choice import ChosenSkills
from core.ports import (
    Answer,
    CallContext,
    ChatMessage,
    Decision,
    EffectAnswer,
    Generation,
    GenerationSettings,
    ModelInfo,
    Passage,
    StartedHop,
    ToolDescription,
    ToolResult,
)
from core.routing import RouteDecision
from shared.bundled_model import ANSWER_STYLE, Rewording

_CODE = "def f(x):\n    return 2 * x\n" + "# filler\n" * 100
_PASSAGE = Passage("a.md", 1, 9, "words " * 170, 0.9)
"""About 1 KB each, as a small task has."""

HOLD_VARIABLE = "MESH_BENCH_HOLD"
"""Set: code tasks stop in their third hop."""

HOPS = 4
"""route, research, code, review."""


class InstantServices:
    """Every port of the workflow; a code task is approved in its first review."""

    def __init__(self, *, hold: bool = False) -> None:
        """Answer at once, or with ``hold`` never finish a generation."""
        self._hold = hold

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        """Return code, or an assertion for it."""
        if self._hold:
            await asyncio.Event().wait()
        text = '{"assertions": ["assert f(2) == 4"]}' if settings.json_schema else _CODE
        return Generation(text, "stop", 1, 1, "instant")

    async def count_tokens(self, prompts: Sequence[Sequence[ChatMessage]]) -> list[int]:
        """Say that every prompt fits."""
        return [1] * len(prompts)

    async def describe(self) -> ModelInfo:
        """Return a model that is asked for nothing more."""
        return ModelInfo("instant", 8192, ANSWER_STYLE, "")

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        """Know no other words."""
        return []

    async def query(
        self, text: str, limit: int, context: CallContext, collection: str = ""
    ) -> list[Passage]:
        """Return one passage."""
        return [_PASSAGE]

    async def list_tools(self) -> list[ToolDescription]:
        """Return no tools."""
        return []

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        """Let every check pass."""
        verdicts = [{"check": check, "passed": True} for check in arguments["checks"]]
        return ToolResult(ok=True, output="", data={"loaded": True, "verdicts": verdicts})

    async def resolve(self, call_id: str, answer: EffectAnswer) -> None:
        """Have nothing to resolve."""

    async def route(self, text: str, context: CallContext) -> RouteDecision:
        """Take everything for code."""
        return RouteDecision("code", 0.99, "direct")

    async def unavailable_workflows(self) -> Mapping[str, str]:
        """Return no workflow."""
        return {}

    async def cancel_calls(self, task_id: str) -> None:
        """Have nothing to stop."""

    async def serves(self, role: str) -> bool:
        """Say yes."""
        return True


class NoJournal:
    """The journal of a hand-run script, which has none."""

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        """Remember no decision."""
        return None

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        """Return the value."""
        return value

    async def answer_for(self, task_id: str, call_id: str) -> Answer | None:
        """Know of no answer: nothing is ever in doubt here."""
        return None

    async def start_hop(
        self, task_id: str, hop_index: int, role: str, remaining_loops: int, skill: str
    ) -> StartedHop:
        """Take every start for the first."""
        return StartedHop(1, skill)


@asynccontextmanager
async def open_instant_services(settings: AgentSettings) -> AsyncIterator[RemoteServices]:
    """Yield the services as the agent takes them."""
    services = InstantServices(hold=HOLD_VARIABLE in os.environ)
    skills = ChosenSkills(services, finder=services)
    yield RemoteServices(services, skills, services, services, services, services.serves)
