"""The settings of `mesh models`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cli.models.catalogue import OWN_CATALOGUE
from shared.settings import CommonSettings


class ModelsSettings(CommonSettings):
    """Settings of the models; the environment variable is the field's name in capitals."""

    mesh_models_catalogue: Path = OWN_CATALOGUE
    """The catalogue to use in place of the one that comes with the mesh."""
    llm_backend: Literal["llama_cpp", "openai"] = "llama_cpp"
    """As the LLM service's: with openai it loads no model itself."""
    llm_model_path: Path | None = None
    """As the LLM service's: it wins over every choice."""
