"""Opens the reworder: the finder, and the encoder that was made for it at set-up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from llm_service.rewording.encoder_file import encoder_path
from llm_service.rewording.finder import load_finder
from llm_service.rewording.rewording import Reworder
from shared.embedding import LlamaEmbedder


@asynccontextmanager
async def open_reworder() -> AsyncIterator[Reworder]:
    """Yield a reworder. Raises: StartupError when its files are missing or damaged."""
    finder = load_finder()
    encoder = LlamaEmbedder(encoder_path(finder), named_by="the request encoder")
    async with encoder:
        yield Reworder(encoder, finder)
