"""How many hops and review cycles a task may take."""

from __future__ import annotations

from core.errors import MeshError


class BudgetExhausted(MeshError):
    """The workflow would take more hops than its route allows."""

    code = "RESOURCE_EXHAUSTED"
    reason = "BUDGET_EXHAUSTED"


def max_hops(max_review_cycles: int) -> int:
    """Return the most hops a task may take: route, research, and a coder and reviewer a cycle.

    Two cycles give the five hops after routing that DESIGN names.
    """
    return 2 + 2 * max(1, max_review_cycles)


def check_hop(hop_index: int, max_review_cycles: int) -> None:
    """Refuse a hop past the budget; a fork counts its own hops only. Raises: BudgetExhausted."""
    allowed = max_hops(max_review_cycles)
    if hop_index >= allowed:
        raise BudgetExhausted(f"hop {hop_index} is past the {allowed} that a task may take")


def review_again(*, approved: bool, remaining_loops: int) -> bool:
    """Say whether the coder gets another turn after a review."""
    return not approved and remaining_loops > 0
