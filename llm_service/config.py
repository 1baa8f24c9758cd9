"""The LLM service's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.llama_threads import threads_for
from shared.settings import EMBEDDING_MODEL, CommonSettings

BUNDLED_MODEL = Path(__file__).parent / "bundled" / "mesh-small.Q8_0.gguf"


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
        """Threads that compute."""
        return self.llm_threads or threads_for(self.llm_model_path)
