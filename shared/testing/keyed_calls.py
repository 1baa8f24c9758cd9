"""Calls under their ids, as services keep them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.errors import Cancelled, IdentifierReused
from core.ports import CallContext
from shared.testing.calls import deadline_of

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Running(Generic[R]):
    digest: str
    work: asyncio.Task[R]


@dataclass(frozen=True, slots=True)
class _Ended(Generic[R]):
    digest: str
    result: R


class KeyedCalls(Generic[R]):
    """Each call once: joined while it runs, given back when it has ended, tried again if it failed.

    A call belongs to the service, not to its caller: it goes on when the caller leaves.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[str, _Running[R]] = {}
        self._ended: dict[str, _Ended[R]] = {}

    @property
    def running(self) -> int:
        """How many calls run."""
        return len(self._running)

    def has(self, call_id: str) -> bool:
        """Say whether a call runs or has ended."""
        return call_id in self._running or call_id in self._ended

    def has_result(self, call_id: str) -> bool:
        """Say whether a call has ended."""
        return call_id in self._ended

    async def result(
        self, context: CallContext, digest: str, work: Callable[[], Coroutine[Any, Any, R]]
    ) -> tuple[R, bool]:
        """Return what the call's ``work`` returns, and whether it had ended before.

        Raises: IdentifierReused (the id has another digest), DeadlineExceeded, Cancelled, or what
        ``work`` raises.
        """
        call_id = context.call_id
        known = self._running.get(call_id) or self._ended.get(call_id)
        if known is None:
            known = self._begin(call_id, digest, work)
        elif known.digest != digest:
            raise IdentifierReused(f"the call id {call_id!r} was used for another call")
        if isinstance(known, _Ended):
            return known.result, True
        async with deadline_of(context):
            try:
                return await asyncio.shield(known.work), False
            except asyncio.CancelledError:
                if known.work.cancelled():
                    raise Cancelled(f"the call {call_id} was cancelled") from None
                raise

    def keep(self, call_id: str, digest: str, result: R) -> None:
        """Keep a result of a call that did not run here."""
        self._ended[call_id] = _Ended(digest, result)

    async def cancel(self, task_id: str) -> None:
        """Stop the running calls of a task, and wait for their end."""
        works = [
            running.work
            for call_id, running in self._running.items()
            if call_id.startswith(f"{task_id}:")
        ]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def forget(self) -> None:
        """Know nothing of the calls that have ended."""
        self._ended.clear()

    def _begin(
        self, call_id: str, digest: str, work: Callable[[], Coroutine[Any, Any, R]]
    ) -> _Running[R]:
        running = _Running(digest, asyncio.create_task(work(), name=call_id))
        self._running[call_id] = running
        running.work.add_done_callback(lambda ended: self._end(call_id, digest, ended))
        return running

    def _end(self, call_id: str, digest: str, ended: asyncio.Task[R]) -> None:
        del self._running[call_id]
        if not ended.cancelled() and ended.exception() is None:
            self._ended[call_id] = _Ended(digest, ended.result())


def digest_of(*request: object) -> str:
    """Return what tells a request from another one."""
    return hashlib.sha256(repr(request).encode()).hexdigest()
