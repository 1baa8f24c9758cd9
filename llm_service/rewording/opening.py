"""Opens the reworder: the finder, and the encoder that was made for it at set-up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from llm_service.rewording.finder import Finder, load_finder
from llm_service.rewording.rewording import Reworder
from shared.embedding import LlamaEmbedder
from shared.settings import EMBEDDING_MODEL

NAME = "request-encoder"


@asynccontextmanager
async def open_reworder() -> AsyncIterator[Reworder]:
    """Yield a reworder. Raises: StartupError when its files are missing or damaged."""
    finder = load_finder()
    encoder = LlamaEmbedder(encoder_path(finder), named_by="the request encoder")
    async with encoder:
        yield Reworder(encoder, finder)


def encoder_path(finder: Finder) -> Path:
    """Return where the encoder of ``finder`` lies: its name tells which finder it belongs to."""
    return EMBEDDING_MODEL.with_name(f"{NAME}-{finder.sha256[:12]}.Q8_0.gguf")
