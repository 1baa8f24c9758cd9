"""The bounds of the review loop."""

from __future__ import annotations

import pytest

from core.budget import BudgetExhausted, check_hop, review_again
from core.config import WorkflowConfig
from core.workflows import BUILT_IN


@pytest.mark.parametrize(
    ("workflow", "cycles", "hops"),
    [
        ("code", 2, 6),
        ("code", 1, 4),
        ("code", 0, 4),
        ("code", 5, 12),
        ("answer", 2, 3),
        ("direct", 2, 2),
        ("tool", 2, 3 + 8),
    ],
)
def test_a_cycle_more_is_a_coder_and_a_reviewer_more(workflow: str, cycles: int, hops: int) -> None:
    assert BUILT_IN.named(workflow).max_hops(WorkflowConfig(max_review_cycles=cycles)) == hops


def test_a_hop_past_the_budget_is_refused() -> None:
    check_hop(5, 6)
    with pytest.raises(BudgetExhausted):
        check_hop(6, 6)


@pytest.mark.parametrize(
    ("approved", "loops", "again"),
    [(True, 1, False), (True, 0, False), (False, 1, True), (False, 0, False)],
)
def test_only_a_refusal_with_loops_left_goes_back(approved: bool, loops: int, again: bool) -> None:
    assert review_again(approved=approved, remaining_loops=loops) is again
