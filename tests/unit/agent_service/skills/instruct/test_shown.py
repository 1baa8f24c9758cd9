"""An instruct model is shown the nearest passages, and a coder none that are about other things."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent_service.skills.instruct.shown import passages_for_an_answer, passages_for_code
from core.state import PassageRecord, TaskState


def state_of(scores: Sequence[float]) -> TaskState:
    return TaskState(
        passages=[
            PassageRecord(source=f"{n}.md", start_line=1, end_line=2, text="text", score=score)
            for n, score in enumerate(scores)
        ]
    )


@pytest.mark.parametrize(
    ("scores", "for_code"),
    [
        ([], 0),
        ([0.3, 0.2], 0),
        ([0.6, 0.45, 0.449, 0.1], 2),
        ([0.9, 0.8, 0.7, 0.6, 0.5], 4),
    ],
)
def test_what_is_shown(scores: list[float], for_code: int) -> None:
    state = state_of(scores)
    assert passages_for_an_answer(state) == state["passages"][:4]
    assert passages_for_code(state) == state["passages"][:for_code]


def test_a_task_without_passages_shows_none() -> None:
    assert passages_for_code(TaskState()) == []
