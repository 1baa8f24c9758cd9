"""What the cache shares, keeps and drops, beside a memory that only counts."""

from __future__ import annotations

import ctypes
from array import array

import pytest

from llm_service.backends.llama.cache.cells import CellPool
from llm_service.backends.llama.cache.parking import Parking, Saved
from llm_service.backends.llama.cache.sequences import CachedSequence, SequenceCache


class Memory:
    """Tokens a sequence id."""

    def __init__(self) -> None:
        self.lengths: dict[int, int] = {}
        self.restored: list[int] = []

    def share(self, source: int, target: int, count: int) -> bool:
        self.lengths[target] = count
        return True

    def forget(self, sequence: int) -> None:
        self.lengths.pop(sequence, None)

    def save(self, sequence: int) -> Saved:
        return (ctypes.c_uint8 * 1)()

    def restore(self, sequence: int, saved: Saved, count: int) -> bool:
        self.lengths[sequence] = count
        self.restored.append(count)
        return True


def cache_of(cells: int, *, in_order: bool, shares: bool = True, parked: int = 0) -> SequenceCache:
    return SequenceCache(
        Memory(),
        CellPool(cells),
        Parking(parked),
        numbers=8,
        shares=shares,
        in_order=in_order,
    )


def run(cache: SequenceCache, prompt: array[int], limit: int) -> CachedSequence:
    sequence = cache.open(prompt, limit)
    assert sequence is not None
    cache.grow(sequence, prompt[len(sequence.tokens) :])
    return sequence


def tokens(*runs: tuple[int, int]) -> array[int]:
    return array("i", [token for token, count in runs for _ in range(count)])


@pytest.mark.parametrize("in_order", [True, False])
def test_the_longest_prefix_wins_and_takes_no_cell_twice(in_order: bool) -> None:
    cache = cache_of(100, in_order=in_order)
    cache.keep(run(cache, tokens((1, 10), (2, 5)), 20))
    cache.keep(run(cache, tokens((1, 10), (2, 10)), 25))
    again = cache.open(tokens((1, 10), (2, 8), (3, 4)), 30)
    assert again is not None and len(again.tokens) == 18
    assert cache.used_cells == 20


def test_a_prompt_that_is_cached_whole_leaves_one_token_to_compute() -> None:
    cache = cache_of(100, in_order=True)
    cache.keep(run(cache, tokens((1, 10)), 20))
    again = cache.open(tokens((1, 10)), 20)
    assert again is not None and len(again.tokens) == 9


def test_a_prefix_of_a_running_sequence_is_shared_too() -> None:
    cache = cache_of(100, in_order=True)
    run(cache, tokens((1, 10)), 20)
    second = cache.open(tokens((1, 8), (2, 4)), 20)
    assert second is not None and len(second.tokens) == 8


def test_nothing_is_shared_when_the_model_cannot() -> None:
    cache = cache_of(100, in_order=True, shares=False)
    cache.keep(run(cache, tokens((1, 10)), 20))
    again = cache.open(tokens((1, 10), (2, 3)), 20)
    assert again is not None and not again.tokens and cache.used_cells == 0


def test_a_call_waits_until_those_that_run_leave_room_for_all_it_may_become() -> None:
    cache = cache_of(40, in_order=False)
    first = run(cache, tokens((1, 10)), 30)
    assert cache.open(tokens((2, 5)), 11) is None
    cache.keep(first)
    assert cache.open(tokens((2, 5)), 11) is not None


def test_the_least_recently_used_goes_first() -> None:
    cache = cache_of(40, in_order=False)
    for token in (1, 2, 3):
        cache.keep(run(cache, tokens((token, 10)), 10))
    cache.drop(run(cache, tokens((1, 10), (9, 1)), 12))
    run(cache, tokens((4, 15)), 15)
    assert {each.tokens[0] for each in cache._kept.values()} == {1}


def test_in_order_nothing_is_dropped_while_something_runs() -> None:
    cache = cache_of(40, in_order=True)
    cache.keep(run(cache, tokens((1, 20)), 20))
    running = run(cache, tokens((2, 5)), 10)
    assert cache.open(tokens((3, 10)), 20) is None
    cache.keep(running)
    assert cache.open(tokens((1, 20), (3, 1)), 40) is not None
    assert cache.used_cells == 0


def test_everything_dropped_leaves_every_cell_free() -> None:
    cache = cache_of(100, in_order=True)
    cache.keep(run(cache, tokens((1, 10), (2, 5)), 20))
    cache.keep(run(cache, tokens((1, 10), (3, 5)), 20))
    cache.drop_kept()
    assert cache.used_cells == 0


def test_many_kept_tokens_leave_the_cache_once_nothing_runs_and_come_back() -> None:
    cache = cache_of(100, in_order=True, parked=100)
    other = run(cache, tokens((5, 2)), 4)
    cache.keep(run(cache, tokens((1, 30)), 30))
    assert cache.used_cells == 32
    cache.keep(other)
    assert cache.used_cells == 0 and cache.kept_tokens == 30
    again = cache.open(tokens((1, 20), (2, 5)), 40)
    assert again is not None and len(again.tokens) == 20 and cache.used_cells == 20


def test_what_is_in_the_cache_goes_before_a_copy_of_the_same_length() -> None:
    cache = cache_of(100, in_order=True, parked=100)
    cache.keep(run(cache, tokens((1, 30)), 30))
    first = cache.open(tokens((1, 30), (2, 1)), 40)
    second = cache.open(tokens((1, 30), (3, 1)), 40)
    assert first is not None and second is not None
    assert len(first.tokens) == len(second.tokens) == 30
    assert cache.used_cells == 30  # one copy back, shared by both


def test_a_copy_waits_for_room_as_everything_does() -> None:
    cache = cache_of(100, in_order=True, parked=100)
    cache.keep(run(cache, tokens((1, 60)), 60))
    running = run(cache, tokens((2, 10)), 50)
    assert cache.open(tokens((1, 5), (3, 5)), 20) is None
    cache.drop(running)
    found = cache.open(tokens((1, 5), (3, 5)), 20)
    assert found is not None and len(found.tokens) == 5


def test_the_copies_used_least_recently_go_first() -> None:
    cache = cache_of(100, in_order=True, parked=60)
    for token in (1, 2):
        cache.keep(run(cache, tokens((token, 30)), 30))
    cache.drop(run(cache, tokens((1, 31)), 31))
    cache.keep(run(cache, tokens((3, 30)), 30))
    assert [each.tokens[0] for each in cache._parking._parked] == [1, 3]


def test_a_prompt_keeps_its_beginning_when_all_is_parked_to_make_room_for_it() -> None:
    cache = cache_of(40, in_order=True, parked=40)
    cache._most_kept = 40
    cache.keep(run(cache, tokens((1, 20)), 20))
    cache.keep(run(cache, tokens((2, 10)), 10))
    found = cache.open(tokens((1, 20), (3, 1)), 40)
    assert found is not None and len(found.tokens) == 20 and cache.used_cells == 20
