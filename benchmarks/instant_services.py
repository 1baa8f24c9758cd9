"""Services that answer at once, so that what is measured is the orchestration alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agent_service.app import RemoteServices
from agent_service.config import AgentSettings
from agent_service.skills.choice import ChosenSkills
from core.ports import Passage
from shared.bundled_model import ANSWER_STYLE
from shared.testing import Asked, Calls, FakeKnowledge, FakeModel, FakeRouter, FakeServices

_CODE = "def f(x):\n    return 2 * x\n" + "# filler\n" * 100
_PASSAGE = Passage("a.md", 1, 9, "words " * 170, 0.9)
"""About 1 KB each, as a small task has."""

HOLD_VARIABLE = "MESH_BENCH_HOLD"
"""Set: code tasks stop in their third hop."""

HOPS = 4
"""route, research, code, review."""


def _say(asked: Asked) -> str:
    """Write code, or an assertion for it."""
    return '{"assertions": ["assert f(2) == 4"]}' if asked.settings.json_schema else _CODE


def instant_services() -> FakeServices:
    """Return every port of the workflow; a code task is approved in its first review."""
    return FakeServices(
        model=FakeModel(says=_say, answer_style=ANSWER_STYLE, letters_a_token=4),
        knowledge=FakeKnowledge(collections={"default": [_PASSAGE]}),
        router=FakeRouter(workflow="code", confidence=0.99),
    )


async def _serves(role: str) -> bool:
    return True


@asynccontextmanager
async def open_instant_services(settings: AgentSettings) -> AsyncIterator[RemoteServices]:
    """Yield the services as the agent takes them."""
    services = instant_services()
    model = services.model
    if HOLD_VARIABLE in os.environ:
        model.calls = Calls()
        model.calls.hold()
    skills = ChosenSkills(model, finder=model)
    yield RemoteServices(
        model, skills, services.knowledge, services.tools, services.router, _serves
    )
