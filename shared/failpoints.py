"""Named points where a test can kill or hold the process.

MESH_FAILPOINT holds comma-separated ``name:kill`` or ``name:sleep=SECONDS``. Each fires once: a
marker file remembers it over restarts.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

_points: dict[str, str] = {}
_markers = Path()


def configure(spec: str, marker_directory: Path) -> None:
    """Arm the points of ``spec``; markers go to ``marker_directory``."""
    global _markers
    _points.clear()
    for part in filter(None, spec.split(",")):
        name, _, action = part.partition(":")
        _points[name] = action
    _markers = marker_directory


async def pause(name: str) -> None:
    """Do what is armed for ``name``: kill the process, or hold this task."""
    action = _fire(name)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action.startswith("sleep="):
        await asyncio.sleep(float(action.removeprefix("sleep=")))


def hit(name: str) -> None:
    """Do what is armed for ``name`` where nothing can be awaited: only ``kill``."""
    if _fire(name) == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def _fire(name: str) -> str:
    action = _points.pop(name, "")
    if not action:
        return ""
    marker = _markers / f"failpoint-{name}"
    if marker.exists():
        return ""
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return action
