"""Rows of tasks within a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from agent_service.storage import transitions
from agent_service.storage.questions import answers_column, question_column
from agent_service.storage.records import TaskRecord
from agent_service.storage.sqlite.events import Transaction
from agent_service.storage.sqlite.queries import QUERIES
from agent_service.storage.transitions import Transition, found


def find_task(connection: sqlite3.Connection, query: str, *parameters: str) -> TaskRecord | None:
    """Return the task that a query finds."""
    row = connection.execute(QUERIES[query], parameters).fetchone()
    return None if row is None else TaskRecord.from_row(dict(row))


def existing_task(connection: sqlite3.Connection, task_id: str) -> TaskRecord:
    """Return a task. Raises: NotFound."""
    return found(find_task(connection, "task_by_id", task_id), task_id)


def check_running(connection: sqlite3.Connection, task_id: str) -> None:
    """Refuse to go on with a task that does not run. Raises: NotFound, WrongState."""
    row = connection.execute(QUERIES["status_of_task"], (task_id,)).fetchone()
    transitions.check_running(task_id, row and row["status"])


def change_task(
    transaction: Transaction, task_id: str, rule: Callable[[TaskRecord], Transition | None]
) -> TaskRecord:
    """Take a task to where ``rule`` has it, with the event, and return it; None changes nothing.

    Raises: NotFound, and what ``rule`` raises.
    """
    task = existing_task(transaction.connection, task_id)
    transition = rule(task)
    if transition is None:
        return task
    write_life(transaction.connection, transition.task)
    transaction.append(transition.event)
    return transition.task


def write_life(connection: sqlite3.Connection, task: TaskRecord) -> None:
    """Write where a task stands; its progress stays as it is."""
    row = {
        "task_id": task.task_id,
        "status": task.status.value,
        "failure_reason": task.failure_reason,
        "failure_message": task.failure_message,
        "question": question_column(task.question),
        "answers": answers_column(task.answers),
        "crashes": task.crashes,
        "deadline_at": task.deadline_at,
        "updated_at": task.updated_at,
    }
    connection.execute(QUERIES["change_life"], row)
