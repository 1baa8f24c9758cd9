"""The knowledge service's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import EMBEDDING_MODEL, CommonSettings


class ChromaSettings(CommonSettings):
    """Settings of the knowledge service; the variable is the field's name in capitals."""

    embedding_model_path: Path = EMBEDDING_MODEL
    """The embedding GGUF that ``make setup`` prepares."""
    embedding_threads: Annotated[int, Field(ge=1, le=256)] = 1
    """Threads that embed; more pay on an idle machine only, since llama.cpp's threads spin."""
