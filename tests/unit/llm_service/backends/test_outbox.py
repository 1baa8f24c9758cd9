"""Text is handed over in bundles, the first of it and every end at once."""

from __future__ import annotations

from array import array

import pytest

from core.errors import Cancelled
from llm_service.backends.llama import outbox as outbox_module
from llm_service.backends.llama.job import Job
from llm_service.backends.llama.outbox import Outbox


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(outbox_module, "time", clock)
    return clock


def job() -> Job:
    return Job(array("i", [1]), 8, (), None)


async def test_the_first_text_goes_at_once_and_what_follows_in_bundles(clock: Clock) -> None:
    outbox, one = Outbox(), job()
    outbox.add(one, "a")
    assert outbox.take() == [(one, "a")]
    outbox.add(one, "b")
    assert outbox.take() == []
    outbox.add(one, "c")
    clock.now += 0.05
    assert outbox.take() == [(one, "bc")]
    assert outbox.take() == []


async def test_an_end_takes_along_what_waits_in_order(clock: Clock) -> None:
    outbox, one, other = Outbox(), job(), job()
    for each in (one, other):
        outbox.add(each, "a")
    outbox.take()
    end = Cancelled("gone")
    outbox.add(one, "b")
    outbox.add(other, "x")
    outbox.add(one, "c")
    outbox.add(one, end)
    assert outbox.take() == [(one, "bc"), (other, "x"), (one, end)]
