"""The same checkpoints on a disk whose sync takes longer: the disks of servers under load do.

How much grouping commits gains depends on what a sync costs. On some virtual disks that is next
to nothing, so the comparison is made twice: as the disk is, and with a delay before each sync,
alike for both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).with_suffix(".c")


def compare(tasks: int, repeats: int, microseconds: int) -> dict[str, Any]:
    """Run `benchmarks.checkpoints` in a process whose syncs wait ``microseconds``.

    Raises: RuntimeError when there is no C compiler (``cc``) or the process fails.
    """
    with tempfile.TemporaryDirectory(prefix="mesh-bench-") as folder:
        library = Path(folder) / "slow_disk.so"
        _run(["cc", "-shared", "-fPIC", "-O2", str(_SOURCE), "-o", str(library), "-ldl"], {})
        command = [sys.executable, "-m", "benchmarks.checkpoints", str(tasks), str(repeats)]
        variables = {"LD_PRELOAD": str(library), "MESH_BENCH_SYNC_MICROSECONDS": str(microseconds)}
        found: dict[str, Any] = json.loads(_run(command, variables))
        return found


def _run(command: list[str], variables: dict[str, str]) -> str:
    try:
        ended = subprocess.run(
            command, env={**os.environ, **variables}, capture_output=True, text=True
        )
    except OSError as error:
        raise RuntimeError(f"{command[0]}: {error}") from error
    if ended.returncode:
        raise RuntimeError(f"{command[0]} failed: {ended.stderr.strip()}")
    return ended.stdout
