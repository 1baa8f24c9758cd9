"""A first look at a model file, before llama.cpp gets to see it."""

from __future__ import annotations

from pathlib import Path

from core.errors import StartupError

_MAGIC = b"GGUF"


def check_gguf(path: Path, variable: str, remedy: str) -> None:
    """Refuse a file that is missing or no GGUF.

    Raises: StartupError naming ``variable`` (what names the file); a missing one with ``remedy``.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise StartupError(
            f"{variable}={path}: cannot be read ({error.strerror}); {remedy}"
        ) from error
    if magic != _MAGIC:
        raise StartupError(f"{variable}={path}: this is no GGUF file; name another one")
