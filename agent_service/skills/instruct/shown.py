"""Which of the retrieved passages an instruct model is shown.

More of them are read slowly and lead small models astray: of 12 questions made up for trying,
Qwen2.5-Coder-1.5B answered 9 from the nearest four passages and 7 from eight.
"""

from __future__ import annotations

from core.state import PassageRecord, TaskState

_MOST = 4
_NEAR = 0.45
"""A cosine between requests for code and documents that they have nothing to do with (0.24 to 0.48
of 14 tried) and those that name what the documents are about (0.49 to 0.82 of 12)."""


def passages_for_an_answer(state: TaskState) -> list[PassageRecord]:
    """Return the nearest passages."""
    return list(state.get("passages", []))[:_MOST]


def passages_for_code(state: TaskState) -> list[PassageRecord]:
    """Return the nearest passages, of those that are about what is asked."""
    return [each for each in passages_for_an_answer(state) if each["score"] >= _NEAR]
