"""What a file is known by, however its path is spelled, and how that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as pb


def identity(path: Path) -> str:
    """Return what the file at ``path`` is known by: its absolute path without links.

    On a file system that does not tell capitals apart, each name is spelled as its folder has it.
    """
    resolved = path.expanduser().resolve()
    spelled = Path(resolved.anchor)
    for name in resolved.parts[1:]:
        spelled /= _as_listed(spelled, name)
    return str(spelled)


def shown(source: str) -> str:
    """Return a source's path short: from the working folder, else from ~, else as it is."""
    path = Path(source)
    if not path.is_absolute():
        return source
    for folder, prefix in ((Path.cwd(), Path()), (Path.home(), Path("~"))):
        if path.is_relative_to(folder) and path != folder:
            return str(prefix / path.relative_to(folder))
    return source


def readable(path: Path) -> str:
    """Return a path as text; bytes of it that are no UTF-8 are escaped."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def named(spelling: str, sources: Sequence[pb.Source]) -> list[pb.Source]:
    """Return the sources that ``spelling`` means: a path, a name as listed, else a title."""
    for name in (spelling, identity(Path(spelling))):
        if found := [each for each in sources if each.source == name]:
            return found
    return [each for each in sources if each.title == spelling]


def _as_listed(folder: Path, name: str) -> str:
    path, other = folder / name, folder / name.swapcase()
    try:
        if other == path or not other.samefile(path):
            return name
        listed = [each.name for each in folder.iterdir()]
    except OSError:  # the other spelling is not there: this file system tells capitals apart
        return name
    if name in listed:
        return name
    return next((each for each in listed if each.lower() == name.lower()), name)
