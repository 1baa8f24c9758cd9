"""A generation read to its end."""

from __future__ import annotations

import contextlib

from core.errors import Unavailable
from llm_service.backends.backend import Backend
from llm_service.prompt import Finished, Prompt


async def read_all(backend: Backend, prompt: Prompt) -> tuple[str, Finished]:
    """Return the whole text and how it finished.

    Raises: what `Backend.stream` raises, and Unavailable when it ends without saying how.
    """
    text = ""
    async with contextlib.aclosing(backend.stream(prompt)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Finished):
                return text, piece
            text += piece
    raise Unavailable("the generation ended without its last piece")
