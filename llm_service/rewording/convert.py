"""Make the finder's encoder at set-up: ``python -m llm_service.rewording.convert``.

It is the embedding model with the finder's learned changes added, as a GGUF of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

from core.errors import StartupError
from llm_service.rewording.finder import Vector, load_finder
from llm_service.rewording.opening import NAME, encoder_path
from shared.embedding.convert import write_whole
from shared.embedding.published_weights import fetch_weights


def main() -> int:
    """Make the file unless it is there, drop those of other finders; return the exit status."""
    try:
        finder = load_finder()
        path = encoder_path(finder)
        if path.exists():
            return 0
        checkpoint = fetch_weights()
    except StartupError as error:
        sys.stderr.write(f"request encoder: {error}\n")
        return 1
    tensors = changed(checkpoint.tensors, finder.changes)
    write_whole(path, NAME, tensors, checkpoint.vocabulary)
    for other in path.parent.glob(f"{NAME}-*.gguf"):
        if other != path:
            other.unlink()
    sys.stdout.write(f"request encoder: {path} ({path.stat().st_size / 1e6:.0f} MB)\n")
    return 0


def changed(tensors: Mapping[str, Vector], changes: Mapping[str, Vector]) -> dict[str, Vector]:
    """Return ``tensors`` with the product of every ``NAME.up`` and ``NAME.down`` added."""
    made = dict(tensors)
    for name in {change.rsplit(".", 1)[0] for change in changes}:
        difference = changes[f"{name}.up"] @ changes[f"{name}.down"]
        made[f"{name}.weight"] = np.asarray(made[f"{name}.weight"] + difference, np.float32)
    return made


if __name__ == "__main__":
    sys.exit(main())
