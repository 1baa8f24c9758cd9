"""Reads texts without holding up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple, Unpack

R = TypeVar("R")
Given = TypeVarTuple("Given")

_SHORT = 2_000
"""Characters that any of the readers reads in a few milliseconds."""


async def read_aside(read: Callable[[Unpack[Given]], R], *given: *Given) -> R:
    """Return what ``read`` makes of its arguments, on a thread if one of them is a long text.

    A request as long as one may be takes seconds to read for examples. A short one is read here:
    to hand it to a thread takes longer than to read it.
    """
    if all(len(each) <= _SHORT for each in given if isinstance(each, str)):
        return read(*given)
    return await asyncio.to_thread(read, *given)
