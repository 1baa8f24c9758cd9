"""Where the finder's encoder lies."""

from __future__ import annotations

from pathlib import Path

from llm_service.rewording.finder import Finder
from shared.settings import EMBEDDING_MODEL

NAME = "request-encoder"


def encoder_path(finder: Finder) -> Path:
    """Return where the encoder of ``finder`` lies: its name tells which finder it belongs to."""
    return EMBEDDING_MODEL.with_name(f"{NAME}-{finder.sha256[:12]}.Q8_0.gguf")
