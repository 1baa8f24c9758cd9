"""The agent's storage in one SQLite file (`agent_service.storage.ports`)."""

from __future__ import annotations

from collections.abc import Callable

from agent_service.clock import new_task_id
from agent_service.storage.ports import Storage
from agent_service.storage.sqlite.checkpointer import AgentCheckpointer
from agent_service.storage.sqlite.events import SqliteEventLog
from agent_service.storage.sqlite.journal import SqliteJournal
from agent_service.storage.sqlite.lives import SqliteTaskLives
from agent_service.storage.sqlite.outbox import CheckpointOutbox
from agent_service.storage.sqlite.pruning import SqliteTaskPruner
from agent_service.storage.sqlite.queue import SqliteTaskQueue
from agent_service.storage.sqlite.reader import SqliteTaskReader
from core.ports import Clock
from core.workflows import BUILT_IN, Workflows
from shared.sqlite import Database


def storage_in(
    database: Database,
    clock: Clock,
    *,
    queue_limit: int,
    max_review_cycles: int,
    workflows: Workflows = BUILT_IN,
    new_task_id: Callable[[], str] = new_task_id,
) -> Storage:
    """Return the storage in an open database, which takes ``queue_limit`` unfinished tasks.

    The roles of ``workflows`` say what of a hop a watcher sees.
    """
    events = SqliteEventLog(database)
    checkpointer = AgentCheckpointer(database, CheckpointOutbox(events, clock, workflows))
    return Storage(
        queue=SqliteTaskQueue(
            database,
            events,
            clock,
            new_task_id,
            queue_limit=queue_limit,
            max_review_cycles=max_review_cycles,
        ),
        lives=SqliteTaskLives(events, clock),
        tasks=SqliteTaskReader(database),
        journal=SqliteJournal(database, events, clock),
        events=events,
        pruner=SqliteTaskPruner(database, clock),
        checkpointer=checkpointer,
        release=checkpointer.release,
    )
