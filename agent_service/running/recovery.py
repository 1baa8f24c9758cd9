"""At start-up: find every unfinished task and hand it back to the queue."""

from __future__ import annotations

import asyncio
import logging

from agent_service.storage.ports import Storage, TaskLives
from agent_service.storage.records import EventType, TaskEnd, TaskRecord, TaskStatus
from core import tracing

_log = logging.getLogger(__name__)


async def recover_tasks(storage: Storage, *, crashed: bool, max_crashes: int) -> int:
    """Requeue the tasks that were running, or fail those that keep crashing the agent.

    ``crashed`` tells a crash from a clean stop. Returns how many tasks go on.
    """
    unfinished = await storage.tasks.unfinished()
    running = [task for task in unfinished if task.status is TaskStatus.RUNNING]
    looping = [task for task in running if crashed and task.crashes + 1 >= max_crashes]
    async with asyncio.TaskGroup() as group:  # together, so that they share commits
        for task in running:
            if task in looping:
                group.create_task(_give_up(storage.lives, task))
            else:
                group.create_task(_resume(storage.lives, task, crashed=crashed))
    return len(unfinished) - len(looping)


async def _resume(lives: TaskLives, task: TaskRecord, *, crashed: bool) -> None:
    hops = task.progress.next_hop
    attributes: dict[str, tracing.AttributeValue] = {
        tracing.TASK_ID: task.task_id,
        tracing.CORRELATION_ID: task.correlation_id,
        tracing.HOP_INDEX: hops,
        "mesh.crashed": crashed,
    }
    with tracing.span("agent.recover", attributes):
        await lives.recover(task, crashed=crashed)
    _log.info("task %s goes on at hop %d", task.task_id, hops)


async def _give_up(lives: TaskLives, task: TaskRecord) -> None:
    crashes = task.crashes + 1
    _log.error("task %s crashed the agent %d times in a row", task.task_id, crashes)
    await lives.end(
        task.task_id,
        TaskEnd(
            TaskStatus.FAILED,
            EventType.FAILED,
            reason="CRASH_LOOP",
            message=f"the agent crashed {crashes} times in the same hop of this task",
        ),
    )
