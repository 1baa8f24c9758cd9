"""The LLM service's settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.settings import EMBEDDING_MODEL, CommonSettings

BUNDLED_MODEL = Path(__file__).parent / "bundled" / "mesh-small.Q8_0.gguf"

_SMALL_MODEL_BYTES = 64 * 1024 * 1024


class LlmSettings(CommonSettings):
    """Settings of the LLM service; the environment variable is the field's name in capitals."""

    llm_model_path: Path = BUNDLED_MODEL
    """An instruct model as GGUF; its own chat template is used."""
    llm_context: Annotated[int, Field(ge=0, le=1_048_576)] = 0
    """Tokens of context; 0: as many as the model was trained with, at most 8192."""
    llm_threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads that compute; 0: one for a small model, else one a core, at most 8."""
    llm_queue_limit: Annotated[int, Field(ge=1)] = 64
    """Generations that wait at most; past it a call is refused."""
    llm_kept_seconds: Annotated[float, Field(ge=0)] = 900.0
    """How long a finished generation can be asked for again under its call id."""
    embedding_model_path: Path = EMBEDDING_MODEL
    """The embedding GGUF that ``make setup`` prepares."""

    @property
    def threads(self) -> int:
        """Threads that compute.

        Threads of llama.cpp spin at a barrier several times a layer. For a model of a few
        megabytes that gains nothing, and on a busy machine costs a time slice each: 15 seconds
        instead of 0.05 for a hundred tokens were seen.
        """
        if self.llm_threads:
            return self.llm_threads
        try:
            size = self.llm_model_path.stat().st_size
        except OSError:
            size = 0
        return 1 if size < _SMALL_MODEL_BYTES else max(1, min(8, os.cpu_count() or 1))
