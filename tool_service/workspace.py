"""The workspace: the one folder that file tools see."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from core.errors import InvalidInput, StartupError

_MAX_PATH_BYTES = 1024


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

        Raises: InvalidInput (a path that leads out), OSError (a folder is missing).
        """
        *folders, name = self._components(path)
        descriptor = os.open(self.root, os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                if create:
                    _make_folder(folder, descriptor)
                inner = _open_folder(folder, descriptor, path)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, name
        finally:
            os.close(descriptor)

    @contextmanager
    def open_folder(self, path: str) -> Iterator[int]:
        """Yield a descriptor of the folder ``path``. Raises: InvalidInput, OSError."""
        if not self._components(path, allow_root=True):
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

    def _components(self, path: str, *, allow_root: bool = False) -> list[str]:
        if "\0" in path or len(path.encode(errors="surrogatepass")) > _MAX_PATH_BYTES:
            raise InvalidInput(
                "path holds a NUL or is too long: choose a shorter one", "arguments.path"
            )
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise InvalidInput(
                f"path {path!r} leads out of the workspace: use a path relative to it",
                "arguments.path",
            )
        if not pure.parts and not allow_root:
            raise InvalidInput("path names no file", "arguments.path")
        return list(pure.parts)


def read_file(folder: int, name: str, path: str, max_bytes: int) -> bytes:
    """Return at most ``max_bytes`` + 1 bytes of the regular file ``name`` in ``folder``."""
    # Without O_NONBLOCK, opening a named pipe would wait for its writer.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with os.fdopen(_open(name, flags, folder, path), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise IsADirectoryError(f"{path} is no file")
        return file.read(max_bytes + 1)


def open_to_append(folder: int, name: str, path: str) -> int:
    """Return a descriptor that writes at the end of ``name`` in ``folder``, made if need be."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    return _open(name, flags, folder, path)


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


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, dir_fd=parent)
    except FileExistsError:
        return
