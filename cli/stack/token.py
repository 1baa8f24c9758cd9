"""The auth token: made once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def ensure_token(path: Path) -> None:
    """Make the token file with mode 0600 unless there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
