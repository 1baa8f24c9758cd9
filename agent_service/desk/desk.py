"""The desk: what can be asked of the agent about tasks, in values of its own and of no protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from agent_service.desk.forking import Forks
from agent_service.desk.history import History
from agent_service.desk.watching import TaskWatcher
from agent_service.running.live_text import GeneratedText, LiveTexts
from agent_service.running.runner import Runner
from agent_service.storage.ports import Storage
from agent_service.storage.records import (
    Pruned,
    Retention,
    Submission,
    TaskEvent,
    TaskFilter,
    TaskRecord,
)
from core.errors import Unavailable
from core.graph import Workflow
from core.ports import Answer
from core.workflows import BUILT_IN, Workflows


class Desk:
    """Takes tasks in, and tells about them; what it says it did is durable."""

    def __init__(
        self,
        storage: Storage,
        runner: Runner,
        workflow: Workflow,
        max_review_cycles: int,
        workflows: Workflows = BUILT_IN,
        texts: LiveTexts | None = None,
    ) -> None:
        """Take tasks of ``workflows``, which the graph ``workflow`` runs; ``texts`` is read live.

        An edit of the loops left of a fork may be ``max_review_cycles`` at most.
        """
        self._storage = storage
        self._runner = runner
        self._workflow = workflow
        self.workflows = workflows
        self._watcher = TaskWatcher(
            storage.tasks, storage.events, texts or LiveTexts(), lambda: runner.draining
        )
        self.history = History(storage.tasks, workflow)
        self._forks = Forks(storage.tasks, workflow, self.history, max_review_cycles, workflows)

    async def submit(self, submission: Submission) -> TaskRecord:
        """Accept a task, or return the one of the same request.

        Raises: InvalidInput (no such workflow), Unavailable (stopping), IdentifierReused,
        LimitExceeded, StorageUnwritable.
        """
        self.workflows.require(submission.workflow, "workflow")
        if self._runner.draining:
            raise Unavailable("the agent is stopping and takes no new tasks")
        task = await self._storage.queue.submit(submission)
        self._runner.notify()
        return task

    async def fork(
        self, task_id: str, checkpoint_id: str, edits: Mapping[str, Any], *,
        correlation_id: str, trace_parent: str,
    ) -> TaskRecord:  # fmt: skip
        """Accept a task that goes on from a checkpoint of another one.

        Raises: NotFound, InvalidInput (an edit), WrongState (nothing follows the checkpoint), and
        as `submit`.
        """
        submission = await self._forks.submission(
            task_id,
            checkpoint_id,
            edits,
            correlation_id=correlation_id,
            trace_parent=trace_parent,
        )
        return await self.submit(submission)

    async def cancel(self, task_id: str) -> TaskRecord:
        """End a task and stop its work. Raises: NotFound, WrongState, StorageUnwritable."""
        return await self._runner.cancel(task_id)

    async def answer(self, task_id: str, answer: Answer, call_id: str = "") -> TaskRecord:
        """Answer a question of a task, which then goes on; no ``call_id``: the one that waits.

        Raises: NotFound, InvalidInput (the question takes another kind of answer), WrongState (it
        does not wait, or was answered otherwise), StorageUnwritable.
        """
        task = await self._storage.lives.respond(task_id, answer, call_id)
        self._runner.notify()
        return task

    async def retry(self, task_id: str, timeout_seconds: float) -> TaskRecord:
        """Let a failed task go on after its last completed hop; 0 seconds: without a deadline.

        Raises: NotFound, WrongState (it did not fail), StorageUnwritable.
        """
        task = await self._storage.lives.retry(task_id, timeout_seconds)
        self._runner.notify()
        return task

    async def get(self, task_id: str) -> TaskRecord:
        """Return a task as it stands. Raises: NotFound."""
        return await self._storage.tasks.get(task_id)

    async def page(self, wanted: TaskFilter, size: int) -> list[TaskRecord]:
        """Return at most ``size`` tasks, newest first."""
        return await self._storage.tasks.page(wanted, size)

    async def messages(self, task_id: str) -> Sequence[Mapping[str, Any]]:
        """Return the Agent2Agent messages of a task, in order. Raises: NotFound."""
        task = await self.get(task_id)
        snapshot = await self._workflow.aget_state({"configurable": {"thread_id": task.task_id}})
        messages: list[Mapping[str, Any]] = snapshot.values.get("messages", [])
        return messages

    async def watch(
        self, task_id: str, from_sequence: int
    ) -> AsyncIterator[TaskEvent | GeneratedText]:
        """Yield the events of a task from a sequence on, live to its end, and text as it comes.

        Raises: NotFound, InvalidInput (past the end by more than one), Unavailable (stopping).
        """
        task = await self.get(task_id)
        await self._watcher.check_sequence(task.task_id, from_sequence)
        async for each in self._watcher.watch(task.task_id, from_sequence):
            yield each

    async def watch_all(self, from_position: int) -> AsyncIterator[TaskEvent]:
        """Yield the events of all tasks from a position on, live and without end.

        Raises: InvalidInput (past the end by more than one), Unavailable (stopping).
        """
        await self._watcher.check_position(from_position)
        async for event in self._watcher.watch_all(from_position):
            yield event

    async def prune(self, retention: Retention, *, dry_run: bool) -> Pruned:
        """Delete a bounded number of tasks that are due, or count all of them."""
        if dry_run:
            return await self._storage.pruner.count(retention)
        return await self._storage.pruner.prune(retention, self._runner.is_running)
