"""What was said before a task in its context."""

from __future__ import annotations

from agent_service.storage.ports import TaskReader
from agent_service.storage.records import TaskFilter, TaskRecord, TaskStatus
from core.conversation import MOST_EXCHANGES, exchange
from core.state import ExchangeRecord


async def conversation_before(task: TaskRecord, tasks: TaskReader) -> list[ExchangeRecord]:
    """Return what tasks of the same context asked and got that were taken in earlier, oldest first.

    A task that has not completed yet, or has failed, is left out. A task without a context follows
    none.
    """
    if not task.context_id:
        return []
    wanted = TaskFilter(
        status=TaskStatus.COMPLETED, context_id=task.context_id, before=task.task_id
    )
    newest_first = await tasks.page(wanted, MOST_EXCHANGES)
    return [
        exchange(each.text, _answer(each), each.workflow)
        for each in reversed(newest_first)
        if not each.forked_from_task_id
    ]


def _answer(task: TaskRecord) -> str:
    """Return what the task wrote for the person: code as code, whatever its review said."""
    code = task.progress.code
    return f"```python\n{code}\n```" if code else task.progress.result
