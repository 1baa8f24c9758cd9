"""What `mesh doctor` says about the language model."""

from __future__ import annotations

from cli.finding import Finding
from cli.models.server_check import check_server
from cli.models.settings import ModelsSettings
from core.errors import StartupError
from shared.gguf_file import check_gguf
from shared.model_choice import BUNDLED, chosen_model, model_file

_CHECK = "language model"


def check_model(chosen: ModelsSettings) -> Finding:
    """Say which model the LLM service uses from its next start on, and whether it can."""
    if chosen.llm_backend == "openai":
        return check_server()
    try:
        if chosen.llm_model_path is not None:
            path, named_by = chosen.llm_model_path, "LLM_MODEL_PATH"
        else:
            name = chosen_model(chosen.mesh_home)
            if name == BUNDLED:
                return Finding(_CHECK, "ok", "the bundled model")
            path, named_by = model_file(chosen.mesh_home, name), name
        check_gguf(path, named_by, "it is not there")
    except StartupError as error:
        return Finding(_CHECK, "failed", str(error), f"mesh models use {BUNDLED}, or another one")
    return Finding(_CHECK, "ok", f"{named_by}: {path}")
