"""Whether the installed llama.cpp computes on this processor: it is compiled for one kind of them.

pip keeps what it compiled. Its cache may come from another machine, or from another compiler.
"""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from llm_service.config import BUNDLED_MODEL

_TOKENS = 64  # more than one row: products of matrices have kernels of their own


def computes(model: Path = BUNDLED_MODEL) -> bool:
    """Compute a step in a process of its own, which an illegal instruction may end."""
    process = multiprocessing.get_context("spawn").Process(target=_compute, args=(model,))
    process.start()
    process.join()
    return process.exitcode == 0


def _compute(path: Path) -> None:
    from llama_cpp import Llama

    model = Llama(str(path), n_ctx=2 * _TOKENS, n_batch=_TOKENS, verbose=False)
    model.eval([1] * _TOKENS)
    model.eval([1])
    model.close()


if __name__ == "__main__":
    sys.exit(not computes())
