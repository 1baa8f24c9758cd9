"""Failures of the file system, as results that a person can read."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

from core.ports import ToolResult

_REMEDIES = {
    errno.ENOENT: "; list_files shows what there is",
    errno.ENOTDIR: "; read_file reads a file",
    errno.EISDIR: "; list_files lists a folder",
    errno.ENOSPC: "; free disk space, the workspace lies in MESH_HOME",
    errno.EDQUOT: "; raise the disk quota, or delete files in the workspace",
    errno.EFBIG: "; write it in several files",
    errno.ENAMETOOLONG: "; choose a shorter name",
    errno.EMFILE: "; raise the limit of open files (ulimit -n) and start the tool service again",
    errno.EROFS: "; the workspace is mounted read-only: mount it writable, or move MESH_HOME",
}


async def attempt(path: str, work: Callable[[], ToolResult]) -> ToolResult:
    """Do blocking file work on a thread; what the system refuses becomes a failed result."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "")
        return ToolResult(ok=False, output=f"{path}: {error.strerror or error}{remedy}")
