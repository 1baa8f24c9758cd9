"""Writes that wait at the same time share one commit.

::

    enqueue(work) -> line -> [ BEGIN, work, work, ..., COMMIT (fsync) ] -> the futures resolve
                       ^                                                     |
                       '---- what came meanwhile is the next batch <---------'
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from core.errors import StorageUnwritable
from shared.sqlite.connection_thread import ConnectionThread
from shared.sqlite.result_codes import as_data_loss, is_unwritable

Work = Callable[[sqlite3.Connection], Any]
WriteGuard = Callable[[sqlite3.Connection], None]
T = TypeVar("T")

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5


class GroupCommit:
    """The line of writes in front of the one connection that writes."""

    def __init__(self, writer: ConnectionThread) -> None:
        """Write through ``writer``."""
        self._writer = writer
        self._guard: WriteGuard | None = None
        self._line: list[_Write] = []
        self._batch: list[_Write] = []
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._patience = True

    def guard_writes(self, guard: WriteGuard) -> None:
        """Run ``guard`` at the start of every transaction; it raises to refuse the writes."""
        self._guard = guard

    def enqueue(
        self,
        work: Callable[[sqlite3.Connection], T],
        *,
        patient: bool = False,
        linger_seconds: float = 0.0,
    ) -> asyncio.Future[T]:
        """Give ``work`` its place in the line now; the future resolves once it is durable.

        Works are done in the order of their places, each whole or not at all: one that fails
        takes no other with it. A work runs on the writer's thread, so it must not touch what
        belongs to the event loop; it may run twice, the first time being undone.

        ``patient`` work waits while the disk is full or read-only; other work is refused then.
        Work that lingers leaves the others time to join its commit.

        The future raises: what ``work`` or the guard raises; StorageUnwritable, DataLoss.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._line.append(_Write(work, done, patient))
        self._idle.clear()
        if linger_seconds == 0:
            self._start()
        elif self._timer is None:
            self._timer = loop.call_later(linger_seconds, self._start)
        return done

    def stop_waiting(self) -> None:
        """Refuse from now on also what is patient, while the disk takes nothing."""
        self._patience = False

    async def close(self) -> None:
        """Write what waits; on a disk that takes nothing, refuse it."""
        self.stop_waiting()
        if self._line:
            self._start()
        await self._idle.wait()

    def _start(self) -> None:
        """Commit what waits, unless a commit is under way, whose end does so."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._batch:
            return
        self._batch = [each for each in self._line if not each.done.done()]
        self._line = []
        if not self._batch:
            self._idle.set()
            return
        committed = self._writer.submit(partial(_transact, self._guard, self._batch))
        committed.add_done_callback(self._ended)

    def _ended(self, committed: asyncio.Future[list[_Outcome]]) -> None:
        batch, self._batch = self._batch, []
        error = committed.exception()
        if error is not None and is_unwritable(error):
            self._wait_for_room(batch, error)
            return
        if error is not None:
            outcomes = [_Outcome(error=as_data_loss(error))] * len(batch)
        else:
            outcomes = committed.result()
        for write, outcome in zip(batch, outcomes, strict=True):
            outcome.tell(write.done)
        self._start()

    def _wait_for_room(self, batch: list[_Write], error: BaseException) -> None:
        """Refuse what is in a hurry; the rest keeps its place and is tried again."""
        refusal = _Outcome(
            error=StorageUnwritable(
                f"the database cannot be written now: {error}; free disk space (`mesh doctor` says "
                "how much is left, `mesh prune` deletes old tasks), or make its folder writable"
            )
        )
        waiting = self._line
        self._line = []
        for write in batch + waiting:
            if write.patient and self._patience:
                self._line.append(write)
            else:
                refusal.tell(write.done)
        if not self._line:
            self._idle.set()
            return
        _log.warning("%d writes wait: %s", len(self._line), error)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_RETRY_SECONDS, self._start)


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    """Work, the future of the one who waits for it, and whether it may wait for room."""

    work: Work
    done: asyncio.Future[Any]
    patient: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a piece of work."""

    value: Any = None
    error: BaseException | None = None

    def tell(self, waiting: asyncio.Future[Any]) -> None:
        """Hand it to the one who waits, if somebody still does."""
        if waiting.done():
            return
        if self.error is not None:
            waiting.set_exception(self.error)
        else:
            waiting.set_result(self.value)


def _transact(
    guard: WriteGuard | None, batch: Sequence[_Write], connection: sqlite3.Connection
) -> list[_Outcome]:
    """Do a batch in one transaction.

    First without savepoints, which cost as much as the works themselves; when one of them fails,
    all is undone and done again, each behind a savepoint.
    """
    try:
        _begin(guard, connection)
        try:
            outcomes = [_Outcome(value=each.work(connection)) for each in batch]
        except Exception as error:
            if is_unwritable(error) or not connection.in_transaction:
                raise
            connection.execute("ROLLBACK")
            _begin(guard, connection)
            outcomes = [_attempt(connection, each.work) for each in batch]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes


def _begin(guard: WriteGuard | None, connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if guard is not None:
        guard(connection)


def _attempt(connection: sqlite3.Connection, work: Work) -> _Outcome:
    connection.execute("SAVEPOINT work")
    try:
        outcome = _Outcome(value=work(connection))
    except Exception as error:
        if not connection.in_transaction or is_unwritable(error):
            raise  # nothing of this batch can be committed
        connection.execute("ROLLBACK TO work")
        outcome = _Outcome(error=as_data_loss(error))
    connection.execute("RELEASE work")
    return outcome
