"""The workspace: the one folder that file tools see."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InvalidInput, StartupError
from tool_service.file_names import components, same_name


class Workspace:
    """Opens what lies under a root and nothing else.

    Every component of a path is opened relative to the one before it and never through a link,
    so a link that appears in between cannot lead out.
    """

    def __init__(self, root: Path) -> None:
        """Make the root if there is none. Raises: StartupError."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            self.root = root.resolve(strict=True)
        except OSError as error:
            raise StartupError(
                f"TOOL_WORKSPACE={root} cannot be used ({error.strerror}): name a folder that "
                "can be written"
            ) from error

    @contextmanager
    def open_parent(self, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
        """Yield a descriptor of the folder that holds ``path``, and the last component.

        A name with accents is that of the file there whose accents are stored in another way.
        Raises: InvalidInput (a path that leads out), OSError (a folder is missing).
        """
        names = components(path)
        if not names:
            raise InvalidInput("path names no file", "arguments.path")
        *folders, name = names
        descriptor = os.open(self.root, os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                there = _as_stored(folder, descriptor)
                if create:
                    _make_folder(there, descriptor)
                inner = _open_folder(there, descriptor, path)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, _as_stored(name, descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def open_folder(self, path: str) -> Iterator[int]:
        """Yield a descriptor of the folder ``path``. Raises: InvalidInput, OSError."""
        if not components(path):
            descriptor = os.open(self.root, os.O_DIRECTORY | os.O_CLOEXEC)
        else:
            with self.open_parent(path) as (parent, name):
                descriptor = _open_folder(name, parent, path)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def read(self, path: str, max_bytes: int) -> bytes:
        """Return at most ``max_bytes`` + 1 bytes of a file. Raises: InvalidInput, OSError."""
        with self.open_parent(path) as (parent, name):
            return read_file(parent, name, path, max_bytes)


def read_file(folder: int, name: str, path: str, max_bytes: int) -> bytes:
    """Return at most ``max_bytes`` + 1 bytes of the regular file ``name`` in ``folder``."""
    with os.fdopen(open_to_read(folder, name, path), "rb") as file:
        return file.read(max_bytes + 1)


def open_to_read(folder: int, name: str, path: str) -> int:
    """Return a descriptor that reads the regular file ``name`` in ``folder``."""
    return _open_file(name, os.O_RDONLY, folder, path)


def open_to_append(folder: int, name: str, path: str) -> int:
    """Return a descriptor that reads ``name`` in ``folder`` and writes at its end.

    The file is made if there is none.
    """
    return _open_file(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, folder, path)


def _open_file(name: str, flags: int, folder: int, path: str) -> int:
    # Without O_NONBLOCK, opening a named pipe would wait for its other end.
    flags |= os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    descriptor = _open(name, flags, folder, path)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(f"{path} is no file")
    return descriptor


def _open_folder(name: str, parent: int, path: str) -> int:
    return _open(name, os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, parent, path)


def _open(name: str, flags: int, parent: int, path: str) -> int:
    try:
        return os.open(name, flags, 0o644, dir_fd=parent)
    except OSError as error:
        if _is_link(name, parent):
            raise InvalidInput(
                f"path {path!r} goes through the link {name!r}: links are not followed",
                "arguments.path",
            ) from error
        raise


def _is_link(name: str, parent: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _as_stored(name: str, parent: int) -> str:
    """Return the name of the entry that a person takes for ``name``; ``name`` when none is."""
    if name.isascii():
        return name
    entries = os.listdir(parent)
    return name if name in entries else next((x for x in entries if same_name(x, name)), name)


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return
