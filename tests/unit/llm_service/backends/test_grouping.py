"""Batches are as large as pays."""

from __future__ import annotations

from collections.abc import Callable

from llm_service.backends.llama.grouping import Grouping


def settled(seconds: Callable[[int], float], *counts: int) -> Grouping:
    """Return a grouping that has seen some steps of so many generations."""
    grouping = Grouping()
    for count in counts:
        for _ in range(20):
            for size in grouping.sizes(count):
                grouping.learn(size, seconds(size))
    return grouping


def test_all_together_when_that_costs_less_than_one_after_the_other() -> None:
    grouping = settled(lambda size: 1 + 0.2 * size, 1, 2, 4)
    assert grouping.sizes(4) == [4]


def test_one_after_the_other_when_a_batch_of_two_takes_three_times_as_long() -> None:
    grouping = settled({1: 1.0, 2: 3.0, 4: 4.0}.__getitem__, 1, 2, 4)
    assert grouping.sizes(2) == [1, 1]
    assert grouping.sizes(4) == [4]


def test_sizes_that_were_measured_are_put_together() -> None:
    grouping = settled({1: 1.0, 2: 1.1, 3: 4.0, 4: 1.5, 6: 6.0}.__getitem__, 1, 2, 4, 6)
    assert sorted(grouping.sizes(6)) == [2, 4]


def test_a_batch_that_was_interrupted_once_changes_nothing() -> None:
    grouping = settled(lambda size: 1 + 0.2 * size, 1, 4)
    grouping.learn(4, 100.0)
    assert grouping.sizes(4) == [4]


def test_a_way_that_has_become_the_faster_one_is_found_again() -> None:
    grouping = settled({1: 1.0, 2: 3.0}.__getitem__, 1, 2)
    for _ in range(256 * 9):
        for size in grouping.sizes(2):
            grouping.learn(size, {1: 1.0, 2: 1.2}[size])
    assert grouping.sizes(2) == [2]
