"""The knowledge service's settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import EMBEDDING_MODEL, CommonSettings


class ChromaSettings(CommonSettings):
    """Settings of the knowledge service; the variable is the field's name in capitals."""

    embedding_model_path: Path = EMBEDDING_MODEL
    """The embedding GGUF that ``make setup`` prepares."""
    embedding_threads: Annotated[int, Field(ge=1, le=64)] = min(8, os.cpu_count() or 1)
    """How many passages are embedded at once, each on a thread of its own; each costs 30 MB."""
