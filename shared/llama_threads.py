"""How many threads llama.cpp computes with."""

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
