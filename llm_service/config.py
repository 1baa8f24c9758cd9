"""The LLM service's settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.llama_threads import threads_for
from shared.model_choice import BUNDLED, choice_file, chosen_model, model_file
from shared.settings import EMBEDDING_MODEL, CommonSettings

BUNDLED_MODEL = Path(__file__).parent / "bundled" / "mesh-small.Q8_0.gguf"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A GGUF, what named it, and what helps when it is not there."""

    path: Path
    named_by: str
    remedy: str


class LlmSettings(CommonSettings):
    """Settings of the LLM service; the environment variable is the field's name in capitals."""

    llm_model_path: Path | None = None
    """An instruct model as GGUF; none: what `mesh models use` chose, else the bundled model."""
    llm_context: Annotated[int, Field(ge=0, le=1_048_576)] = 0
    """Tokens that one call may use; 0: as many as the model was trained with, at most 8192."""
    llm_slots: Annotated[int, Field(ge=1, le=64)] = 4
    """Generations that are computed at once."""
    llm_threads: Annotated[int, Field(ge=0, le=1024)] = 0
    """Threads that compute; 0: one for a small model, else one a core, at most 8."""
    llm_queue_limit: Annotated[int, Field(ge=1)] = 64
    """Generations that wait at most; past it a call is refused."""
    llm_kept_seconds: Annotated[float, Field(ge=0)] = 900.0
    """How long a finished generation can be asked for again under its call id."""
    llm_unattended_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """How long a generation goes on that has text and that nobody reads any more."""
    llm_reproducible: bool = True
    """Whether a call's tokens must not depend on what else is computed; without it, prompts of
    thousands of tokens are read faster."""
    embedding_model_path: Path = EMBEDDING_MODEL
    """The embedding GGUF that ``make setup`` prepares."""

    @cached_property
    def model(self) -> ModelSource:
        """The model to load: LLM_MODEL_PATH wins. Raises: StartupError (the choice is damaged)."""
        if self.llm_model_path is not None:
            return ModelSource(
                self.llm_model_path,
                "LLM_MODEL_PATH",
                "without it the chosen or bundled one is used",
            )
        name = chosen_model(self.mesh_home)
        if name == BUNDLED:
            return ModelSource(BUNDLED_MODEL, "the bundled model", "a fresh clone holds it")
        return ModelSource(
            model_file(self.mesh_home, name),
            str(choice_file(self.mesh_home)),
            f"`mesh models pull {name}`, or `mesh models use {BUNDLED}`",
        )

    @property
    def threads(self) -> int:
        """Threads that compute."""
        return self.llm_threads or threads_for(self.model.path)
