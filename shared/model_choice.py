"""Which of the models below MESH_HOME/models is in use: `mesh models use` says so."""

from __future__ import annotations

import re
from pathlib import Path

from core.errors import StartupError

BUNDLED = "bundled"
"""The name that stands for the model that comes with the mesh."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


def is_model_name(text: str) -> bool:
    """Say whether ``text`` can name a model: lower case, digits, dot, dash, underscore."""
    return bool(_NAME.fullmatch(text)) and text != BUNDLED


def models_folder(home: Path) -> Path:
    """Return the folder with the models of a MESH_HOME."""
    return home / "models"


def model_file(home: Path, name: str) -> Path:
    """Return where the model ``name`` lies, or would lie."""
    return models_folder(home) / f"{name}.gguf"


def choice_file(home: Path) -> Path:
    """Return the file with the name of the model in use; it is not there for the bundled one."""
    return models_folder(home) / "chosen"


def chosen_model(home: Path) -> str:
    """Return the name of the model in use, BUNDLED when none was chosen.

    Raises: StartupError when the choice cannot be read or names no model.
    """
    path = choice_file(home)
    try:
        name = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return BUNDLED
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(
            f"{path} cannot be read ({error.__class__.__name__}): "
            "`mesh models use NAME` writes it anew"
        ) from error
    if not is_model_name(name):
        raise StartupError(f"{path} names no model: `mesh models use NAME` writes it anew")
    return name
