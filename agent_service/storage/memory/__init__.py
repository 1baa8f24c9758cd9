"""The agent's storage in the memory of one process (`agent_service.storage.ports`), for tests.

It keeps to the same rules as the one on disk, and is gone with its process.
"""

from __future__ import annotations

from collections.abc import Callable

from agent_service.clock import new_task_id
from agent_service.storage.memory.checkpointer import MemoryCheckpointer
from agent_service.storage.memory.journal import MemoryJournal
from agent_service.storage.memory.lives import MemoryTaskLives
from agent_service.storage.memory.pruning import MemoryTaskPruner
from agent_service.storage.memory.queue import MemoryTaskQueue
from agent_service.storage.memory.reader import MemoryTaskReader
from agent_service.storage.memory.tables import Tables
from agent_service.storage.ports import Storage
from core.ports import Clock
from core.workflows import BUILT_IN, Workflows


def memory_storage(
    clock: Clock,
    *,
    queue_limit: int,
    max_review_cycles: int,
    workflows: Workflows = BUILT_IN,
    new_task_id: Callable[[], str] = new_task_id,
) -> Storage:
    """Return an empty storage, which takes ``queue_limit`` unfinished tasks.

    The roles of ``workflows`` say what of a hop a watcher sees.
    """
    tables = Tables()
    checkpointer = MemoryCheckpointer(tables, clock, workflows)
    return Storage(
        queue=MemoryTaskQueue(
            tables,
            clock,
            new_task_id,
            queue_limit=queue_limit,
            max_review_cycles=max_review_cycles,
        ),
        lives=MemoryTaskLives(tables, clock),
        tasks=MemoryTaskReader(tables),
        journal=MemoryJournal(tables, clock),
        events=tables.events,
        pruner=MemoryTaskPruner(tables, checkpointer, clock),
        checkpointer=checkpointer,
        release=checkpointer.release,
    )
