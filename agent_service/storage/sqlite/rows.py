"""Rows of tasks within a transaction."""

from __future__ import annotations

import sqlite3

from agent_service.storage.records import TaskRecord, TaskStatus
from agent_service.storage.sqlite.queries import QUERIES
from core.errors import IdentifierReused, NotFound, WrongState


def find_task(connection: sqlite3.Connection, query: str, *parameters: str) -> TaskRecord | None:
    """Return the task that a query finds."""
    row = connection.execute(QUERIES[query], parameters).fetchone()
    return None if row is None else TaskRecord.from_row(dict(row))


def existing_task(connection: sqlite3.Connection, task_id: str) -> TaskRecord:
    """Return a task. Raises: NotFound."""
    task = find_task(connection, "task_by_id", task_id)
    if task is None:
        raise NotFound(f"there is no task {task_id}")
    return task


def unended_task(connection: sqlite3.Connection, task_id: str) -> TaskRecord:
    """Return a task that has not ended. Raises: NotFound, WrongState."""
    task = existing_task(connection, task_id)
    if task.status.ended:
        raise WrongState(f"task {task_id} has ended: it is {task.status.value}")
    return task


def check_running(connection: sqlite3.Connection, task_id: str) -> None:
    """Refuse to go on with a task that does not run. Raises: NotFound, WrongState."""
    row = connection.execute(QUERIES["status_of_task"], (task_id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no task {task_id}")
    if row["status"] != TaskStatus.RUNNING:
        raise WrongState(f"task {task_id} is not running: it is {row['status']}")


def set_status(connection: sqlite3.Connection, task_id: str, status: TaskStatus, at: str) -> None:
    """Set the status of a task."""
    row = {"task_id": task_id, "status": status.value, "at": at}
    connection.execute(QUERIES["set_status"], row)


def same_request(known: TaskRecord, digest: str) -> TaskRecord:
    """Return the task of a correlation id. Raises: IdentifierReused for another request."""
    if known.request_digest != digest:
        raise IdentifierReused(
            f"correlation id {known.correlation_id} belongs to task {known.task_id}, "
            "which asked for something else"
        )
    return known
