"""The lives of tasks: every change of where one stands, with the event that tells of it."""

from __future__ import annotations

from agent_service.storage.records import NewEvent, TaskEnd, TaskRecord
from agent_service.storage.sqlite.events import SqliteEventLog, Transaction
from agent_service.storage.sqlite.rows import change_task, existing_task
from agent_service.storage.transitions import check_unended, ended, recovered, responded, retried
from core.ports import Answer, Clock
from shared import failpoints


class SqliteTaskLives:
    """`agent_service.storage.ports.TaskLives` in SQLite."""

    def __init__(self, events: SqliteEventLog, clock: Clock) -> None:
        """Write through ``events``."""
        self._events = events
        self._clock = clock

    @failpoints.at_commit("agent.recover")
    async def recover(self, task: TaskRecord, *, crashed: bool) -> None:
        """Hand a task that was running back to the queue. Raises: NotFound."""
        at = self._clock.now_iso()

        def requeue(transaction: Transaction) -> None:
            change_task(
                transaction, task.task_id, lambda known: recovered(known, at, crashed=crashed)
            )

        await self._events.write(requeue, patient=True)

    @failpoints.at_commit("agent.end")
    async def end(self, task_id: str, end: TaskEnd, *, patient: bool = True) -> TaskRecord:
        """End a task with its event. Raises: NotFound, WrongState when it has ended before."""
        at = self._clock.now_iso()

        def finish(transaction: Transaction) -> TaskRecord:
            return change_task(transaction, task_id, lambda task: ended(task, end, at))

        return await self._events.write(finish, patient=patient)

    @failpoints.at_commit("agent.respond")
    async def respond(self, task_id: str, answer: Answer, call_id: str = "") -> TaskRecord:
        """Answer a question of a task and hand it back to the queue.

        Raises: NotFound, InvalidInput, WrongState, StorageUnwritable.
        """
        at = self._clock.now_iso()

        def reopen(transaction: Transaction) -> TaskRecord:
            return change_task(
                transaction, task_id, lambda task: responded(task, answer, at, call_id)
            )

        return await self._events.write(reopen)

    @failpoints.at_commit("agent.retry")
    async def retry(self, task_id: str, timeout_seconds: float = 0.0) -> TaskRecord:
        """Hand a failed task back to the queue: it goes on after its last completed hop.

        Raises: NotFound, WrongState when it has not failed, StorageUnwritable.
        """
        at = self._clock.now_iso()

        def reopen(transaction: Transaction) -> TaskRecord:
            return change_task(
                transaction, task_id, lambda task: retried(task, at, timeout_seconds)
            )

        return await self._events.write(reopen)

    @failpoints.at_commit("agent.record")
    async def record(self, event: NewEvent) -> None:
        """Append an event that changes nothing else. Raises: NotFound, WrongState."""

        def append(transaction: Transaction) -> None:
            check_unended(existing_task(transaction.connection, event.task_id))
            transaction.append(event)

        await self._events.write(append, patient=True)
