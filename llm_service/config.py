"""The LLM service's settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from llm_service.backends.openai_compatible.server import (
    NO_KEY,
    JsonMode,
    OpenAiServer,
    read_api_key,
)
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

    llm_backend: Literal["llama_cpp", "openai"] = "llama_cpp"
    """What generates: llama.cpp in this process, or an OpenAI-compatible server."""
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
    """Whether a call's tokens must not depend on what else is computed (with Q8_0 and Q4_0 weights,
    not with K-quants); without it, prompts of thousands of tokens are read faster."""
    openai_base_url: str = ""
    """The server's address up to and without /chat/completions; LLM_BACKEND=openai needs it."""
    openai_model: str = ""
    """What the server calls the model; empty: the only one that it has."""
    openai_api_key: SecretStr = NO_KEY
    """The server's key; empty: none. OPENAI_API_KEY_FILE wins."""
    openai_api_key_file: Path | None = None
    """The file that holds the key."""
    openai_json_mode: JsonMode = "json_schema"
    """How a schema is sent: json_object for servers that refuse json_schema, tool (the parameters
    of a function that must be called) for those that refuse both."""
    openai_silence_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """How long the server may say nothing before it counts as unavailable."""
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
    def openai_server(self) -> OpenAiServer:
        """The server of LLM_BACKEND=openai. Raises: StartupError (address or key are no use)."""
        key_file = self.openai_api_key_file
        if key_file == Path():  # the variable is set, and empty
            key_file = None
        return OpenAiServer(
            base_url=self.openai_base_url,
            model=self.openai_model,
            api_key=self.openai_api_key if key_file is None else read_api_key(key_file),
            json_mode=self.openai_json_mode,
            silence_seconds=self.openai_silence_seconds,
            context_tokens=self.llm_context,
        )

    @property
    def threads(self) -> int:
        """Threads that compute."""
        return self.llm_threads or threads_for(self.model.path)
