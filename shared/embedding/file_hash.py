"""What tells one model file from another."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in hexadecimal; 25 MB take some tens of milliseconds.

    The conversion at set-up is deterministic, so the same weights make the same file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
