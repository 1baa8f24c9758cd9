"""What `core.ports.HopJournal` promises, held by the fake."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from core.errors import WrongState
from core.ports import Decision, EffectAnswer, HopJournal, StartedHop
from shared.testing import FakeJournal

VALUES: list[Any] = [None, False, 0, 1.5, "", "日本語 😀 \u2028", [], {"a": [1, {"b": None}]}]


@dataclass(frozen=True)
class Subject:
    """A journal, a running task, and ways to end one and to answer about a call."""

    journal: HopJournal
    task_id: str
    end: Callable[[], None]
    answer: Callable[[str, EffectAnswer], None]


@pytest.fixture
def subject() -> Subject:
    """The implementation."""
    fake, task_id = FakeJournal(), str(uuid.uuid4())
    return Subject(fake, task_id, lambda: fake.ended.add(task_id), fake.answers.__setitem__)


@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_the_first_decision_stays(subject: Subject, value: Any) -> None:
    journal, task_id = subject.journal, subject.task_id
    assert await journal.decision(task_id, "a") is None
    assert await journal.decide(task_id, "a", value) == value
    assert await journal.decide(task_id, "a", "another") == value
    assert await journal.decision(task_id, "a") == Decision(value)
    assert await journal.decision(task_id, "b") is None
    assert await journal.decision(str(uuid.uuid4()), "a") is None


async def test_of_decisions_made_at_once_one_stays(subject: Subject) -> None:
    decided = [subject.journal.decide(subject.task_id, "a", number) for number in range(8)]
    assert len(set(await asyncio.gather(*decided))) == 1


async def test_a_decision_is_kept_as_it_was(subject: Subject) -> None:
    value = {"lines": ["one"]}
    returned = await subject.journal.decide(subject.task_id, "a", value)
    value["lines"].append("two")
    returned["lines"].append("three")
    assert await subject.journal.decision(subject.task_id, "a") == Decision({"lines": ["one"]})


async def test_the_starts_of_a_hop_are_counted(subject: Subject) -> None:
    journal, task_id = subject.journal, subject.task_id
    for attempt in (1, 2, 3):
        assert await journal.start_hop(task_id, 0, "router", 2, "") == StartedHop(attempt, "")
    assert await journal.start_hop(task_id, 1, "coder", 2, "") == StartedHop(1, "")


async def test_a_hop_keeps_the_first_skill_that_a_start_named(subject: Subject) -> None:
    journal, task_id = subject.journal, subject.task_id
    starts = [
        await journal.start_hop(task_id, 2, "coder", 2, skill)
        for skill in ("", "first", "second", "")
    ]
    assert [started.skill for started in starts] == ["", "first", "first", "first"]
    assert (await journal.start_hop(task_id, 3, "reviewer", 2, "second")).skill == "second"


async def test_nothing_is_recorded_of_a_task_that_runs_no_longer(subject: Subject) -> None:
    await subject.journal.decide(subject.task_id, "a", 1)
    subject.end()
    with pytest.raises(WrongState):
        await subject.journal.decide(subject.task_id, "b", 2)
    with pytest.raises(WrongState):
        await subject.journal.start_hop(subject.task_id, 0, "router", 2, "")
    assert await subject.journal.decision(subject.task_id, "b") is None


async def test_what_a_person_said_is_known(subject: Subject) -> None:
    said = EffectAnswer(happened=True, output="as seen")
    assert await subject.journal.answer_for(subject.task_id, "a") is None
    subject.answer("a", said)
    assert await subject.journal.answer_for(subject.task_id, "a") == said
    assert await subject.journal.answer_for(subject.task_id, "b") is None
