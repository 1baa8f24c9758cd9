"""Text is handed over in bundles, the first of it and every end at once."""

from __future__ import annotations

from array import array

import pytest

from core.errors import Cancelled
from llm_service.backends.llama import handover as handover_module
from llm_service.backends.llama.handover import Handover
from llm_service.backends.llama.job import Job


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(handover_module, "time", clock)
    return clock


def job() -> Job:
    return Job(array("i", [1]), 8, (), None)


async def test_the_first_text_goes_at_once_and_what_follows_in_bundles(clock: Clock) -> None:
    handover, one = Handover(), job()
    handover.add(one, "a")
    assert handover.take() == [(one, "a")]
    handover.add(one, "b")
    assert handover.take() == []
    handover.add(one, "c")
    clock.now += 0.05
    assert handover.take() == [(one, "bc")]
    assert handover.take() == []


async def test_an_end_takes_along_what_waits_in_order(clock: Clock) -> None:
    handover, one, other = Handover(), job(), job()
    for each in (one, other):
        handover.add(each, "a")
    handover.take()
    end = Cancelled("gone")
    handover.add(one, "b")
    handover.add(other, "x")
    handover.add(one, "c")
    handover.add(one, end)
    assert handover.take() == [(one, "bc"), (other, "x"), (one, end)]
