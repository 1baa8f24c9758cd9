"""`HopJournal`: which attempt a hop is in and with which skill, what it decided, what was said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_service.storage.ports import Storage
from agent_service.storage.records import EventType
from core.errors import NotFound, WrongState
from core.ports import Decision, EffectAnswer, StartedHop

from .moves import COMPLETED, asks, ended, events_of, queued, running

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


async def test_a_start_is_one_event_with_its_attempt_and_its_skill(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    journal = storage.journal
    assert await journal.start_hop(task_id, 0, "router", 2, "") == StartedHop(1, "")
    assert await journal.start_hop(task_id, 1, "coder", 2, "bundled") == StartedHop(1, "bundled")
    assert await journal.start_hop(task_id, 1, "coder", 1, "another") == StartedHop(2, "bundled")
    assert await journal.start_hop(task_id, 2, "coder", 1, "another") == StartedHop(1, "another")
    events = (await events_of(storage, task_id))[1:]
    assert {each.type for each in events} == {EventType.HOP_STARTED}
    assert [(each.hop_index, each.role, each.attempt, each.detail) for each in events] == [
        (0, "router", 1, {}),
        (1, "coder", 1, {"skill": "bundled"}),
        (1, "coder", 2, {"skill": "bundled"}),
        (2, "coder", 1, {"skill": "another"}),
    ]
    assert [each.remaining_loops for each in events] == [2, 2, 1, 1]


async def test_a_start_without_a_skill_takes_the_one_that_fits_now(storage: Storage) -> None:
    """A hop that was cut under a version that knew no skills has none in its first start."""
    task_id = (await running(storage)).task_id
    assert await storage.journal.start_hop(task_id, 7, "coder", 2, "") == StartedHop(1, "")
    again = await storage.journal.start_hop(task_id, 7, "coder", 2, "instruct")
    assert again == StartedHop(2, "instruct")


async def test_attempts_are_counted_over_lives_and_by_task(storage: Storage) -> None:
    task = await running(storage)
    await storage.journal.start_hop(task.task_id, 0, "router", 2, "")
    await storage.lives.recover(task, crashed=True)
    await storage.queue.claim_oldest()
    assert (await storage.journal.start_hop(task.task_id, 0, "router", 2, "")).attempt == 2
    other = (await running(storage)).task_id
    assert (await storage.journal.start_hop(other, 0, "router", 2, "")).attempt == 1


async def test_starts_at_once_are_attempts_of_their_own(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    starts = (storage.journal.start_hop(task_id, 0, "coder", 2, name) for name in "abc")
    started = await asyncio.gather(*starts)
    assert sorted(each.attempt for each in started) == [1, 2, 3]
    assert len({each.skill for each in started}) == 1


@settings(  # one example of many lists: each example would leave a task behind
    max_examples=1, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(lists=st.lists(st.lists(VALUES, min_size=2, max_size=5), min_size=20, max_size=40))
async def test_the_first_value_stays_whatever_comes_after(
    storage: Storage, lists: list[list[Any]]
) -> None:
    journal, task_id = storage.journal, (await running(storage)).task_id
    for number, values in enumerate(lists):
        call_id = f"call-{number}"
        assert await journal.decision(task_id, call_id) is None
        decisions = (journal.decide(task_id, call_id, each) for each in values)
        assert await asyncio.gather(*decisions) == [values[0]] * len(values)
        assert await journal.decision(task_id, call_id) == Decision(values[0])


@pytest.mark.parametrize("value", [None, "", [], 0, {"tool": "a", "arguments": {"x": "\ud800"}}])
async def test_any_json_can_be_decided(storage: Storage, value: Any) -> None:
    task_id = (await running(storage)).task_id
    assert await storage.journal.decide(task_id, "call", value) == value
    assert await storage.journal.decision(task_id, "call") == Decision(value)
    assert await storage.journal.decide(task_id, "call", "another") == value
    other = (await running(storage)).task_id
    assert await storage.journal.decision(other, "call") is None
    with pytest.raises(ValueError, match="JSON"):
        await storage.journal.decide(task_id, "another", float("inf"))
    assert await storage.journal.decision(task_id, "another") is None


async def test_what_was_decided_is_nobody_elses(storage: Storage) -> None:
    task_id = (await running(storage)).task_id
    value = ["of the hop"]
    kept = await storage.journal.decide(task_id, "call", value)
    value.append("of the test")
    kept.append("of the test")
    assert await storage.journal.decision(task_id, "call") == Decision(["of the hop"])


async def test_a_task_that_does_not_run_starts_and_decides_nothing(storage: Storage) -> None:
    journal = storage.journal
    for task in (
        await ended(storage, COMPLETED),
        await ended(storage, asks()),
        await queued(storage),
    ):
        with pytest.raises(WrongState, match=f"is not running: it is {task.status.value}"):
            await journal.decide(task.task_id, "call", 1)
        with pytest.raises(WrongState, match="is not running"):
            await journal.start_hop(task.task_id, 0, "router", 2, "")
        assert await journal.decision(task.task_id, "call") is None
        assert EventType.HOP_STARTED not in {
            each.type for each in await events_of(storage, task.task_id)
        }
    with pytest.raises(NotFound):
        await journal.decide("nobody", "call", 1)
    with pytest.raises(NotFound):
        await journal.start_hop("nobody", 0, "router", 2, "")
    assert await journal.decision("nobody", "call") is None


async def test_an_answer_is_found_under_the_call_that_it_is_about(storage: Storage) -> None:
    task = await ended(storage, asks("its call"))
    assert await storage.journal.answer_for(task.task_id, "its call") is None
    answer = EffectAnswer(False, "größer")
    await storage.lives.respond(task.task_id, answer)
    assert await storage.journal.answer_for(task.task_id, "its call") == answer
    assert await storage.journal.answer_for(task.task_id, "another") is None
    with pytest.raises(NotFound):
        await storage.journal.answer_for("nobody", "its call")
