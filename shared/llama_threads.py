"""How many threads llama.cpp computes with, and how they wait for each other."""

from __future__ import annotations

import os
from pathlib import Path

_SMALL_MODEL_BYTES = 64 * 1024 * 1024
_MAX_THREADS = 8


def threads_for(model: Path) -> int:
    """Return the threads for a model file: one for a small model, else one a core, at most 8.

    Threads of llama.cpp spin at a barrier several times a layer. For a model of a few megabytes
    that gains nothing, and on a busy machine costs a time slice each: 15 seconds instead of
    0.05 for a hundred tokens were seen.
    """
    try:
        size = model.stat().st_size
    except OSError:
        size = 0
    return 1 if size < _SMALL_MODEL_BYTES else max(1, min(_MAX_THREADS, os.cpu_count() or 1))


def limit_spinning() -> None:
    """Let a waiting thread spin for microseconds, then sleep; call it before importing llama_cpp.

    OpenMP reads GOMP_SPINCOUNT when it is loaded, and by default spins for milliseconds at each
    barrier: on two cores that something else uses too, 120 words took 300 ms instead of 100.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
