"""Means over the last calls."""

from __future__ import annotations

from llm_service.backends.backend import RecentMeans
from llm_service.prompt import Finished
from llm_service.recent_calls import RecentCalls


def end(first: float, pace: float, waited: float) -> Finished:
    return Finished("stop", 3, 2, first, pace, queue_seconds=waited)


def test_before_the_first_call_all_is_zero() -> None:
    assert RecentCalls().means() == RecentMeans(0, 0.0, 0.0, 0.0)


def test_a_call_of_one_token_has_no_pace() -> None:
    recent = RecentCalls()
    recent.note(end(1.0, 30.0, 0.5))
    recent.note(end(3.0, 0.0, 0.0))
    assert recent.means() == RecentMeans(2, 2.0, 0.25, 30.0)


def test_only_the_last_hundred_count() -> None:
    recent = RecentCalls()
    for _ in range(150):
        recent.note(end(9.0, 1.0, 9.0))
    for _ in range(100):
        recent.note(end(1.0, 2.0, 0.0))
    assert recent.means() == RecentMeans(100, 1.0, 0.0, 2.0)
