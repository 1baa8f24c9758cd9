"""One task on its way through the workflow, from its last checkpoint to its end."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable

from langgraph.runtime import RunControl
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from agent_service.clock import seconds_until
from agent_service.running.checkpoints import seed_fork, thread_config
from agent_service.running.conversation import conversation_before
from agent_service.running.live_text import LiveTexts
from agent_service.storage.ports import Storage
from agent_service.storage.records import EventType, NewEvent, TaskEnd, TaskRecord, TaskStatus
from core import tracing
from core.errors import LimitExceeded, MeshError, Unavailable
from core.graph import Workflow
from core.ports import Clock
from core.state import TaskState, initial_state

_log = logging.getLogger(__name__)
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 5.0
_POLL_SECONDS = 0.3

ServesRole = Callable[[str], Awaitable[bool]]
"""Says whether every service that a role calls answers as serving."""


class TaskRun:
    """Takes tasks to their end; a service that is down or full makes a task wait, not fail."""

    def __init__(
        self,
        workflow: Workflow,
        storage: Storage,
        clock: Clock,
        *,
        max_review_cycles: int,
        service_wait_seconds: float,
        serves: ServesRole,
        texts: LiveTexts | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait at most ``service_wait_seconds`` in a row for services that are down or full.

        ``serves`` says whether the services that a role needs are there again. What models write
        for a task is dropped from ``texts`` at its end.
        """
        self._workflow = workflow
        self._storage = storage
        self._clock = clock
        self._max_review_cycles = max_review_cycles
        self._service_wait_seconds = service_wait_seconds
        self._serves = serves
        self._texts = texts or LiveTexts()
        self._monotonic = monotonic

    async def to_end(self, task: TaskRecord, control: RunControl) -> None:
        """Run the workflow and end the task.

        Raises: GraphDrained when ``control`` asks for it, MeshError when the task failed,
        TimeoutError when its deadline passed.
        """
        links = _links(task)
        attributes: dict[str, tracing.AttributeValue] = {
            tracing.TASK_ID: task.task_id,
            tracing.CORRELATION_ID: task.correlation_id,
        }
        end = TaskEnd(TaskStatus.COMPLETED, EventType.COMPLETED)
        with tracing.span("agent.task", attributes, links=links):
            try:
                async with asyncio.timeout(self._seconds_left(task)):
                    await self._through_outages(task, control)
                await self._storage.lives.end(task.task_id, end)
            finally:
                self._texts.forget(task.task_id)
                self._storage.release(task.task_id)

    def _seconds_left(self, task: TaskRecord) -> float | None:
        if not task.deadline_at:
            return None
        return seconds_until(task.deadline_at, self._clock.now_iso())

    async def _through_outages(self, task: TaskRecord, control: RunControl) -> None:
        wait, down_since, last_hop = _FIRST_WAIT_SECONDS, 0.0, -1
        while True:
            try:
                return await self._advance(task, control)
            except (Unavailable, LimitExceeded) as error:
                asked = _asked_wait(error)
                if asked > self._service_wait_seconds:
                    raise
                hop = (await self._storage.tasks.get(task.task_id)).progress.next_hop
                if hop != last_hop:
                    wait, down_since, last_hop = _FIRST_WAIT_SECONDS, self._monotonic(), hop
                    await self._storage.lives.record(self._waiting(task, hop, error))
                _log.warning("task %s waits for a service: %s", task.task_id, error)
                await self._wait(task, max(wait, asked), down_since, error)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)

    async def _wait(
        self,
        task: TaskRecord,
        wait: float,
        down_since: float,
        error: Unavailable | LimitExceeded,
    ) -> None:
        """Wait until what the next hop needs is there, so that no attempt is spent on asking."""
        snapshot = await self._workflow.aget_state(thread_config(task.task_id))
        await asyncio.sleep(wait)
        while not all([await self._serves(role) for role in snapshot.next]):
            if self._monotonic() - down_since > self._service_wait_seconds:
                raise error
            await asyncio.sleep(_POLL_SECONDS)
        if self._monotonic() - down_since > self._service_wait_seconds:
            raise error

    async def _advance(self, task: TaskRecord, control: RunControl) -> None:
        """Go on from the last checkpoint, or start when there is none."""
        config = thread_config(task.task_id)
        snapshot = await self._workflow.aget_state(config)
        # Not `next`: it leaves out a node whose writes are durable and whose checkpoint is not yet.
        if snapshot.created_at is not None and not snapshot.tasks:
            return
        start = None if snapshot.created_at is not None else await self._start(task)
        stream = self._workflow.astream(
            start, config, stream_mode="updates", durability="sync", control=control
        )
        async for _ in stream:
            _log.debug("task %s completed a hop", task.task_id)

    async def _start(self, task: TaskRecord) -> TaskState | None:
        """Return the state to start with; None for a fork, whose first checkpoint it makes."""
        if task.forked_from_task_id:
            await seed_fork(self._workflow, task)
            return None
        return initial_state(
            task_id=task.task_id,
            correlation_id=task.correlation_id,
            text=task.text,
            requested_workflow=task.requested_workflow,
            collection=task.collection,
            conversation=await conversation_before(task, self._storage.tasks),
            max_review_cycles=self._max_review_cycles,
        )

    def _waiting(self, task: TaskRecord, hop_index: int, error: MeshError) -> NewEvent:
        return NewEvent(
            task.task_id,
            EventType.WAITING,
            self._clock.now_iso(),
            hop_index=hop_index,
            remaining_loops=task.remaining_loops,
            detail={"message": str(error)},
        )


def _asked_wait(error: Unavailable | LimitExceeded) -> float:
    """Seconds that a service which is full wants to be left alone; endless for one that is too big.

    A limit without a time is no queue but a size, which a second attempt would be over as well.
    """
    if isinstance(error, Unavailable):
        return 0.0
    return math.inf if error.retry_after_seconds is None else error.retry_after_seconds


def _links(task: TaskRecord) -> list[trace.Link]:
    """Link to the trace of the submission, which may lie before a crash."""
    carrier = {"traceparent": task.trace_parent}
    context = TraceContextTextMapPropagator().extract(carrier)
    submitted = trace.get_current_span(context).get_span_context()
    return [trace.Link(submitted)] if submitted.is_valid else []
