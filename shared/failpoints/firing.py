"""Arming failpoints, and what happens where one is passed.

MESH_FAILPOINT holds comma-separated ``name:kill``, ``name:sleep=SECONDS`` or, where nothing can be
awaited, ``name:fail``. Each fires once: a marker file remembers it over restarts. With ``watch``
among them a point can be armed while the mesh runs: the action is written to the file
``MESH_HOME/failpoints/NAME``, which the first process that passes the point takes away.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from core.errors import StartupError
from shared.failpoints.catalogue import CATALOGUE, is_declared

P = ParamSpec("P")
T = TypeVar("T")

_WATCH = "watch"


class InjectedFailure(Exception):
    """A test wanted the code to fail at this failpoint."""


_points: dict[str, str] = {}
_markers = Path()
_watched: Path | None = None


def configure(spec: str, home: Path) -> None:
    """Arm the points of ``spec``; markers and watched files lie in ``home``.

    Raises: StartupError naming a point that is not declared.
    """
    global _markers, _watched
    _points.clear()
    _markers, _watched = home, None
    for part in filter(None, spec.split(",")):
        name, _, action = part.partition(":")
        if part == _WATCH:
            _watched = home / "failpoints"
            _watched.mkdir(parents=True, exist_ok=True)
        elif name in CATALOGUE:
            _points[name] = action
        else:
            raise StartupError(f"MESH_FAILPOINT={spec!r}: no failpoint is named {name!r}")


async def pause(name: str) -> None:
    """Do what is armed for ``name``: kill the process, or hold this task."""
    action = _fire(name)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action.startswith("sleep="):
        await asyncio.sleep(float(action.removeprefix("sleep=")))


def hit(name: str) -> None:
    """Do what is armed for ``name`` where nothing can be awaited: ``kill``, or ``fail``.

    Raises: InjectedFailure for ``fail``, which the code around it does not expect.
    """
    action = _fire(name)
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "fail":
        raise InjectedFailure(name)


def at_commit(
    name: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Mark a function that commits once: ``name.before_commit`` and ``name.after_commit``."""
    return _around(f"{name}.before_commit", f"{name}.after_commit")


def at_call(
    name: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    """Mark a function that makes a remote call: ``name.before_call`` and ``name.after_call``."""
    return _around(f"{name}.before_call", f"{name}.after_call")


def _around(
    before: str, after: str
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[Any, Any, T]]]:
    for name in (before, after):
        _check_declared(name)

    def decorate(work: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(work)
        async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
            await pause(before)
            done = await work(*args, **kwargs)
            await pause(after)
            return done

        return wrapped

    return decorate


def _check_declared(name: str) -> None:
    if not is_declared(name):
        raise KeyError(f"failpoint {name} is not declared in shared/failpoints/catalogue.py")


def _fire(name: str) -> str:
    """Return what is armed for ``name``, at most once; "" when nothing is."""
    _check_declared(name)
    if _watched is not None and (action := _taken(_watched / name)):
        return action
    action = _points.pop(name, "")
    if not action:
        return ""
    marker = _markers / f"failpoint-{name}"
    if marker.exists():
        return ""
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    return action


def _taken(armed: Path) -> str:
    """Return the action in a file and take the file away; "" when it is not there."""
    taken = armed.with_name(f"{armed.name}.fired-{os.getpid()}")
    try:
        armed.rename(taken)
    except FileNotFoundError:
        return ""
    return taken.read_text(encoding="utf-8")
