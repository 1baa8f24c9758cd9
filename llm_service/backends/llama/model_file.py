"""The model's file while it is in use: llama.cpp reads it as it is, whenever it needs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self


class ModelFile:
    """Knows whether the content of the file that was opened has changed.

    It holds the file itself and not its name: another file that takes the name, as a download
    that is moved into place, changes nothing of what is loaded.
    """

    def __init__(self, descriptor: int) -> None:
        """Take over an open file, as it is now."""
        self._descriptor = descriptor
        self._before = self._state()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file. Raises: OSError."""
        return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC))

    def changed(self) -> bool:
        """Say whether it was written to, or cut, since it was opened."""
        return self._state() != self._before

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)

    def _state(self) -> tuple[int, int]:
        found = os.fstat(self._descriptor)
        return found.st_size, found.st_mtime_ns
