"""How much memory this process may still take, by the machine and by its cgroup."""

from __future__ import annotations

from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup")


def available_bytes(cgroup: Path = _CGROUP) -> int:
    """Return the bytes that can still be had without swapping or being killed."""
    return min(int(psutil.virtual_memory().available), _cgroup_bytes(cgroup))


def _cgroup_bytes(cgroup: Path) -> int:
    """Return what the cgroup's limit leaves; pages of files that can be dropped count as free."""
    unlimited = 2**63
    limit = _number(cgroup / "memory.max", unlimited)
    if limit == unlimited:
        return unlimited
    used = _number(cgroup / "memory.current", 0)
    return max(0, limit - max(0, used - _inactive_files(cgroup / "memory.stat")))


def _inactive_files(path: Path) -> int:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    found = (line.split() for line in lines)
    return next((int(words[1]) for words in found if words[0] == "inactive_file"), 0)


def _number(path: Path, otherwise: int) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return otherwise
    return int(text) if text.isdecimal() else otherwise
