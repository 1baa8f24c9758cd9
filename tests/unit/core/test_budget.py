"""The bounds of the review loop."""

from __future__ import annotations

import pytest

from core.budget import BudgetExhausted, check_hop, max_hops, review_again


def test_two_cycles_allow_five_hops_after_routing() -> None:
    assert max_hops(2) == 6
    check_hop(5, 2)
    with pytest.raises(BudgetExhausted):
        check_hop(6, 2)


@pytest.mark.parametrize(
    ("approved", "loops", "again"),
    [(True, 1, False), (True, 0, False), (False, 1, True), (False, 0, False)],
)
def test_only_a_refusal_with_loops_left_goes_back(approved: bool, loops: int, again: bool) -> None:
    assert review_again(approved=approved, remaining_loops=loops) is again
