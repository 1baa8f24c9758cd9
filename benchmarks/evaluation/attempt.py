"""What one try at a problem brought, and what it took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try: whether it was right, the seconds, and the tokens that the model wrote.

    ``approved`` is what the mesh says of its own result; the model alone says nothing (None).
    """

    name: str
    right: bool
    seconds: float
    tokens: int
    approved: bool | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same problem, by the model alone and through the mesh."""

    alone: Attempt
    mesh: Attempt


@dataclass(frozen=True, slots=True)
class Comparison:
    """All problems of a suite."""

    suite: str
    pairs: Sequence[Pair]

    @property
    def approved_right(self) -> tuple[int, int]:
        """How many of those that the mesh approved are right, and how many it approved."""
        approved = [pair.mesh for pair in self.pairs if pair.mesh.approved]
        return sum(each.right for each in approved), len(approved)

    @property
    def time_ratio(self) -> float:
        """The median of seconds through the mesh by seconds alone, where the model alone is right.

        0 where it never is.
        """
        ratios = [p.mesh.seconds / p.alone.seconds for p in self.pairs if p.alone.right]
        return median(ratios) if ratios else 0.0

    def right(self, side: Callable[[Pair], Attempt]) -> int:
        """How many a side has right."""
        return sum(side(pair).right for pair in self.pairs)

    def seconds(self, side: Callable[[Pair], Attempt]) -> float:
        """The mean seconds of a side."""
        return sum(side(pair).seconds for pair in self.pairs) / len(self.pairs)

    def tokens(self, side: Callable[[Pair], Attempt]) -> float:
        """The mean tokens that a side wrote."""
        return sum(side(pair).tokens for pair in self.pairs) / len(self.pairs)
