"""Which cells of the cache are taken, counted as llama.cpp counts them."""

from __future__ import annotations

from array import array

import numpy as np

Cells = array  # of type "i"


class CellPool:
    """Cells that sequences share; a cell is free when no sequence holds it.

    llama.cpp tells no one how many cells are free, so this keeps the same books.
    """

    def __init__(self, size: int) -> None:
        """Start with ``size`` free cells."""
        self.size = size
        self._holders = np.zeros(size, dtype=np.int32)
        self._free = list(range(size - 1, -1, -1))

    @property
    def free(self) -> int:
        """How many cells nobody holds."""
        return len(self._free)

    def take(self, count: int) -> array[int]:
        """Return ``count`` free cells, held once."""
        taken = array("i", self._free[len(self._free) - count :])
        del self._free[len(self._free) - count :]
        self._holders[taken] = 1
        return taken

    def share(self, cells: array[int]) -> None:
        """Hold cells once more."""
        self._holders[cells] += 1

    def release(self, cells: array[int]) -> None:
        """Hold cells once less."""
        if not cells:
            return
        self._holders[cells] -= 1
        held = np.frombuffer(cells, dtype=np.int32)
        self._free.extend(held[self._holders[held] == 0].tolist())
