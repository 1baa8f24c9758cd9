"""How many hops and review cycles a task may take."""

from __future__ import annotations

from core.errors import MeshError


class BudgetExhausted(MeshError):
    """The task would take more hops than its workflow allows."""

    code = "RESOURCE_EXHAUSTED"
    reason = "BUDGET_EXHAUSTED"


def check_hop(hop_index: int, allowed: int) -> None:
    """Refuse a hop past the budget; a fork counts its own hops only. Raises: BudgetExhausted."""
    if hop_index >= allowed:
        raise BudgetExhausted(f"hop {hop_index} is past the {allowed} that a task may take")


def review_again(*, approved: bool, remaining_loops: int) -> bool:
    """Say whether the coder gets another turn after a review."""
    return not approved and remaining_loops > 0
