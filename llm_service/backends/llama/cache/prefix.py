"""What two sequences of tokens have in common."""

from __future__ import annotations

from array import array

import numpy as np


def common_length(first: array[int], second: array[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    size = min(len(first), len(second))
    if size == 0 or first[0] != second[0]:
        return 0
    same = np.frombuffer(first, np.int32, size) == np.frombuffer(second, np.int32, size)
    return size if same.all() else int(same.argmin())
