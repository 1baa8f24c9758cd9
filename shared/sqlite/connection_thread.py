"""A connection on a thread of its own, which does whole pieces of work in one visit."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

Connect = Callable[[], sqlite3.Connection]


class ConnectionThread:
    """Does pieces of work with one connection, in the order in which they were submitted.

    aiosqlite queues a statement when its coroutine is first scheduled, and takes a visit to its
    thread for each; here the call itself takes the place in the queue, and a visit does it all.
    """

    def __init__(self) -> None:
        """Start the thread; `open_thread` opens the connection and ends both."""
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="sqlite", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue ``work`` now; the future holds what it returned or raised.

        Work runs on the thread, so it must not touch what belongs to the event loop.
        """
        return self._queue(lambda: work(self._connection))

    async def open(self, connect: Connect) -> None:
        """Open the connection on the thread. Raises: what ``connect`` raises."""

        def opened() -> None:
            self._connection = connect()

        await self._queue(opened)

    async def close(self) -> None:
        """Do what is queued, close the connection, end the thread."""
        await self._queue(self._close)
        self._pieces.put(None)

    def _queue(self, work: Callable[[], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._pieces.put((work, done, loop))
        return done

    def _close(self) -> None:
        connection: sqlite3.Connection | None = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    def _work(self) -> None:
        while (piece := self._pieces.get()) is not None:
            work, done, loop = piece
            settle: Callable[[], None]
            try:
                settle = partial(_answer, done, work())
            except BaseException as error:  # noqa: BLE001 (whoever waits gets it)
                settle = partial(_fail, done, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle)


_Piece = tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]


@asynccontextmanager
async def open_thread(connect: Connect) -> AsyncIterator[ConnectionThread]:
    """Open a connection on a thread of its own. Raises: what ``connect`` raises."""
    thread = ConnectionThread()
    try:
        await thread.open(connect)
        yield thread
    finally:
        await thread.close()


def _answer(done: asyncio.Future[Any], value: Any) -> None:
    if not done.done():
        done.set_result(value)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
