"""How llama.cpp's threads wait for each other."""

from __future__ import annotations

import os


def limit_spinning() -> None:
    """Let a waiting thread spin for microseconds, then sleep; call it before importing llama_cpp.

    OpenMP reads GOMP_SPINCOUNT when it is loaded, and by default spins for milliseconds at each
    barrier: on two cores that something else uses too, 120 words took 300 ms instead of 100.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
