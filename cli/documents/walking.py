"""Finds the files of the paths that were given, and says what it leaves out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.documents.ignoring import IgnoreRules
from shared.document_types import is_source_code, media_type_of

_BUILT = frozenset(
    {"node_modules", "bower_components", "__pycache__", "build", "_build", "dist", "target", "venv"}
)
# What marks a folder as made by a program: a virtual environment, a cache.
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to ingest; ``named`` when it was given itself, not found in a folder."""

    path: Path
    named: bool


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A path that is not ingested, and why."""

    path: Path
    reason: str


@dataclass(slots=True)
class Findings:
    """What was found: to ingest, left out on purpose, and not readable."""

    files: list[FoundFile] = field(default_factory=list)
    left_out: list[NotTaken] = field(default_factory=list)
    unreadable: list[NotTaken] = field(default_factory=list)


def find(paths: Sequence[Path]) -> Findings:
    """Find the files of ``paths``, each once.

    A path that is given is taken whatever it is called, and followed where it is a link. Below a
    folder are left out: hidden files and folders, folders that programs made, what .gitignore
    names, links, and files of a kind that nothing is known of.
    """
    found = Findings()
    seen: set[Path] = set()
    for path in sorted(paths, key=lambda each: each.is_dir()):
        if path.is_dir():
            candidates = _below(path, IgnoreRules.around(path), found)
        elif path.is_file():
            candidates = iter([FoundFile(path, named=True)])
        else:
            why = "it is no file and no folder" if _is_there(path) else "it is not there"
            found.unreadable.append(NotTaken(path, why))
            continue
        for each in candidates:
            resolved = each.path.resolve()
            if resolved not in seen:
                seen.add(resolved)
                found.files.append(each)
    return found


def _below(folder: Path, rules: IgnoreRules, found: Findings) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda each: each.name)
        rules = rules.inside(folder)
    except OSError as error:
        found.unreadable.append(NotTaken(folder, f"it cannot be read ({error.strerror})"))
        return
    for entry in listed:
        path = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if reason := _why_not(entry, path, rules, is_folder=is_folder):
            found.left_out.append(NotTaken(path, reason))
        elif is_folder:
            yield from _below(path, rules, found)
        else:
            yield FoundFile(path, named=False)


def _why_not(entry: os.DirEntry[str], path: Path, rules: IgnoreRules, *, is_folder: bool) -> str:
    """Return why something in a folder is left out; empty when it is not."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "a link"
    if is_folder and (entry.name in _BUILT or entry.name.endswith(".egg-info") or _is_made(path)):
        return "made by a program"
    if rules.ignore(path, is_folder=is_folder):
        return "ignored by .gitignore"
    if is_folder:
        return ""
    about = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(about.st_mode) or not media_type_of(entry.name):
        return "of a kind that is not known"
    return "empty source code" if not about.st_size and is_source_code(entry.name) else ""


def _is_made(folder: Path) -> bool:
    return any((folder / mark).is_file() for mark in _MARKS)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)
