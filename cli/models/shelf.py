"""The models of a MESH_HOME: which are here, which is in use, and how that changes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cli.keeping.folders import sync_folder
from cli.models.catalogue import Catalogue, CatalogueEntry
from cli.models.model_error import ModelError
from cli.models.packages import remove_wheels
from cli.models.part import Part
from cli.models.pulling import hold_model
from core.errors import StartupError
from shared.gguf_file import check_gguf
from shared.model_choice import (
    BUNDLED,
    choice_file,
    chosen_model,
    is_model_name,
    model_file,
    models_folder,
)

Presence = Literal["here", "in part", "not here", "damaged"]


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A model that is in the catalogue, here, or both; ``size_bytes`` is of the whole file."""

    name: str
    presence: Presence
    received_bytes: int
    size_bytes: int
    entry: CatalogueEntry | None


def items(home: Path, catalogue: Catalogue) -> list[ShelfItem]:
    """Return the catalogue's models, then those that lie here without being in it."""
    known = [_item_of(home, entry) for entry in catalogue.models]
    others = [
        ShelfItem(path.stem, "here", path.stat().st_size, path.stat().st_size, None)
        for path in sorted(models_folder(home).glob("*.gguf"))
        if is_model_name(path.stem) and catalogue.find(path.stem) is None
    ]
    return known + others


def _item_of(home: Path, entry: CatalogueEntry) -> ShelfItem:
    path = model_file(home, entry.name)
    part = Part.path_for(path)
    if path.is_file():
        size = path.stat().st_size
        presence: Presence = "here" if size == entry.size_bytes else "damaged"
        return ShelfItem(entry.name, presence, size, entry.size_bytes, entry)
    received = part.stat().st_size if part.is_file() else 0
    return ShelfItem(
        entry.name, "in part" if received else "not here", received, entry.size_bytes, entry
    )


def use(home: Path, catalogue: Catalogue, name: str) -> None:
    """Make ``name`` the model that the LLM service loads at its next start.

    Raises: ModelError (not here, damaged, no GGUF).
    """
    if name != BUNDLED:
        _check_usable(home, catalogue, name)
    _write_choice(home, name)


def _check_usable(home: Path, catalogue: Catalogue, name: str) -> None:
    path = model_file(home, name)
    entry = catalogue.find(name)
    if not is_model_name(name) or not path.is_file():
        if entry is None:
            known = ", ".join((BUNDLED, *(item.name for item in items(home, catalogue))))
            raise ModelError(f"there is no model {name!r}; there is: {known}")
        raise ModelError(f"{name} is not here: `mesh models pull {name}` gets it")
    if entry is not None and path.stat().st_size != entry.size_bytes:
        raise ModelError(
            f"{path} has {path.stat().st_size:,} bytes instead of {entry.size_bytes:,}: "
            f"`mesh models pull {name}` gets it anew"
        )
    try:
        check_gguf(path, name, f"`mesh models pull {name}` gets it anew")
    except StartupError as error:
        raise ModelError(str(error)) from error


def remove(home: Path, name: str) -> int:
    """Delete the model ``name``, whole or in part; return how many bytes that frees.

    Raises: ModelError (not here, in use, being pulled).
    """
    path = model_file(home, name)
    part = Part.path_for(path)
    there = [each for each in (path, part) if each.is_file()] if is_model_name(name) else []
    if not there:
        raise ModelError(f"there is no model {name!r} here: `mesh models list` says which are")
    if in_use(home) == name:
        raise ModelError(f"{name} is in use: `mesh models use {BUNDLED}` first")
    with hold_model(home, name):
        freed = sum(each.stat().st_size for each in there)
        for each in (path, part, Part.origin_path_for(path)):
            each.unlink(missing_ok=True)
        remove_wheels(path)
    return freed


def in_use(home: Path) -> str:
    """Return the name of the chosen model. Raises: ModelError when the choice is damaged."""
    try:
        return chosen_model(home)
    except StartupError as error:
        raise ModelError(str(error)) from error


def _write_choice(home: Path, name: str) -> None:
    path = choice_file(home)
    try:
        if name != BUNDLED:
            fresh = path.with_name("chosen.new")
            with fresh.open("w", encoding="utf-8") as file:
                file.write(f"{name}\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        elif path.exists():
            path.unlink()
        else:
            return
        sync_folder(path.parent)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be written ({error.strerror}): free disk space, or set MESH_HOME to a "
            "folder of your own"
        ) from error
