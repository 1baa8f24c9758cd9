"""What happens to a call on its way to a fake: a test sees it, fails it or holds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from core.errors import DeadlineExceeded, Unavailable
from core.ports import CallContext


def let_pass(call_id: str) -> None:
    """Do nothing to a call."""


class Calls:
    """The calls that fakes got, in order; several fakes may share one.

    ``before`` gets the id of each, and may raise what the call then fails with.
    """

    def __init__(self) -> None:
        """Start with none, and let all go on."""
        self.ids: list[str] = []
        self.cancelled: list[str] = []
        """The tasks whose calls were to be stopped."""
        self.before: Callable[[str], None] = let_pass
        self.waiting = 0
        """How many calls wait for `release`."""
        self._free = asyncio.Event()
        self._free.set()

    @property
    def held(self) -> bool:
        """Whether calls wait for `release`."""
        return not self._free.is_set()

    def hold(self) -> None:
        """Let no call end from now on."""
        self._free.clear()

    def release(self) -> None:
        """Let the calls that are held go on, and all that come."""
        self._free.set()

    def arrive(self, call_id: str) -> None:
        """Note a call. Raises: what the test says."""
        self.ids.append(call_id)
        self.before(call_id)

    async def go_on(self) -> None:
        """Return once calls are not held."""
        self.waiting += 1
        try:
            await self._free.wait()
        finally:
            self.waiting -= 1


@dataclass(kw_only=True)
class FakeService:
    """A service that may be away, with the calls that it got."""

    calls: Calls = field(default_factory=Calls)
    away: bool = False

    def answer(self) -> None:
        """Be there. Raises: Unavailable."""
        if self.away:
            raise Unavailable("nobody answers")

    def take(self, context: CallContext) -> None:
        """Take a call. Raises: Unavailable, or what the test says."""
        self.answer()
        self.calls.arrive(context.call_id)


@asynccontextmanager
async def deadline_of(context: CallContext) -> AsyncIterator[None]:
    """Give the block the time that is left for a call. Raises: DeadlineExceeded."""
    passed = DeadlineExceeded(f"the deadline of the call {context.call_id} passed")
    if context.deadline_seconds <= 0:
        raise passed
    try:
        async with asyncio.timeout(context.deadline_seconds):
            yield
    except TimeoutError:
        raise passed from None
