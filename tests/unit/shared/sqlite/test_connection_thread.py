"""Pieces of work on one connection: in the order of their calls, each told what came of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable

import pytest

from shared.sqlite.connection_thread import ConnectionThread, open_thread


def connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def threads() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "sqlite"}


async def ended(others: set[threading.Thread]) -> bool:
    """Wait for the threads that are not among the ``others``; say whether they ended."""
    for each in threads() - others:
        await asyncio.to_thread(each.join, 10)
    return threads() <= others


async def test_work_is_done_in_the_order_of_the_calls_whoever_awaits_first() -> None:
    done: list[int] = []

    def note(number: int) -> Callable[[sqlite3.Connection], int]:
        def work(connection: sqlite3.Connection) -> int:
            done.append(number)
            return number

        return work

    async with open_thread(connect) as thread:
        futures = [thread.submit(note(number)) for number in range(50)]
        assert [await future for future in reversed(futures)] == list(range(49, -1, -1))
    assert done == list(range(50))


@pytest.mark.parametrize("error", [ValueError("a"), sqlite3.IntegrityError("b"), SystemExit(3)])
async def test_an_error_reaches_its_caller_and_the_thread_goes_on(error: BaseException) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        raise error

    async with open_thread(connect) as thread:
        [outcome] = await asyncio.gather(thread.submit(fail), return_exceptions=True)
        assert outcome is error
        assert await thread.submit(lambda c: c.execute("SELECT 1").fetchone()) == (1,)


async def test_who_leaves_before_the_end_hurts_nobody() -> None:
    go_on = threading.Event()

    def hold(connection: sqlite3.Connection) -> None:
        assert go_on.wait(10)

    async with open_thread(connect) as thread:
        left = thread.submit(hold)
        behind = thread.submit(lambda c: 7)
        left.cancel()
        go_on.set()
        assert await behind == 7


async def test_closing_does_what_is_queued_and_ends_the_thread() -> None:
    before = threads()
    async with open_thread(connect) as thread:
        assert len(threads() - before) == 1
        last = thread.submit(lambda c: 1)
    assert last.result() == 1
    assert await ended(before)


async def test_a_connection_that_cannot_be_opened_leaves_no_thread() -> None:
    before = threads()

    def refuse() -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        async with open_thread(refuse):
            raise AssertionError("it opened")
    assert await ended(before)


def test_a_loop_that_closed_meanwhile_is_no_trouble() -> None:
    go_on = threading.Event()

    async def leave() -> ConnectionThread:
        thread = ConnectionThread()
        await thread.open(connect)
        thread.submit(lambda c: go_on.wait(10))
        return thread

    thread = asyncio.run(leave())
    go_on.set()

    async def close() -> None:
        await thread.close()

    asyncio.run(close())
