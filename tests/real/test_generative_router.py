"""The generative router with a real model."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_service.router import open_router
from core.ports import CallContext

pytestmark = pytest.mark.real

CLEAR = {
    "Write a Python function that reverses a string.": "code",
    "Implement binary search in Python.": "code",
    "Write a class for a stack with push and pop.": "code",
    "Read the file notes.txt.": "tool",
    "List the files in the workspace.": "tool",
    "What does the documentation say about backups?": "answer",
    "According to the manual, which port does the agent use?": "answer",
    "Hello, how are you?": "direct",
}


async def test_most_of_what_is_clear_is_routed_rightly(real_model: Path) -> None:
    async with open_router(
        real_model, variable="ROUTER_MODEL_PATH", timeout_seconds=60.0
    ) as router:
        decided = {
            text: await router.route(
                text,
                CallContext("", "", ""),
            )
            for text in CLEAR
        }
    right = [text for text, each in decided.items() if each.decision == CLEAR[text]]
    assert len(right) >= 5, {text: each.decision for text, each in decided.items()}
    for each in decided.values():
        assert 0.0 <= each.confidence <= 1.0
        assert sum(each.scores.values()) == pytest.approx(1.0, abs=0.01)
