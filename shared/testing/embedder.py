"""An embedder in memory, for which near is what shares words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

_ELSE = 0.1
"""What every text has in common, so that a text without a known word has a direction too."""


@dataclass
class FakeEmbedder:
    """Turns texts into unit vectors of one dimension a known word (`core.ports.Embedder`)."""

    words: Sequence[str] = ("sea", "sky", "port", "tree")
    embedded: list[str] = field(default_factory=list)
    """The texts, in order."""

    @property
    def dimensions(self) -> int:
        """The length of a vector: a place for each word, and one for all else."""
        return len(self.words) + 1

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one unit vector a text."""
        self.embedded += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        found = [*(float(word in text) for word in self.words), _ELSE]
        length = math.hypot(*found)
        return [value / length for value in found]
