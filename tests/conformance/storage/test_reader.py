"""`TaskReader`: tasks as of the last change, one, by page, or those that have not ended."""

from __future__ import annotations

from typing import Any, cast

import pytest

from agent_service.storage.ports import Storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import ForkOrigin, TaskFilter, TaskRecord
from core.errors import NotFound
from core.ports import EffectAnswer

from .moves import CANCELLED, COMPLETED, ended, queued, running, save, state_after


def ids(tasks: list[TaskRecord]) -> list[str]:
    return [task.task_id for task in tasks]


async def test_nobody_is_found(storage: Storage) -> None:
    with pytest.raises(NotFound, match="there is no task nobody"):
        await storage.tasks.get("nobody")
    assert await storage.tasks.page(TaskFilter(), 10) == []
    assert await storage.tasks.unfinished() == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
async def test_pages_put_together_are_every_task_once_newest_first(
    storage: Storage, size: int
) -> None:
    added = [(await ended(storage)).task_id for _ in range(7)]
    seen: list[str] = []
    while page := await storage.tasks.page(TaskFilter(before=seen[-1] if seen else ""), size):
        assert len(page) == min(size, 7 - len(seen))
        seen += ids(page)
        await ended(storage)  # what comes in meanwhile is newer, and on no page that follows
    assert seen == added[::-1]


async def test_a_page_holds_what_was_asked_for(storage: Storage) -> None:
    origin = ForkOrigin("", "", {}, "code", Progress(), 2)
    talk = await running(storage, context_id="talk")
    code = await ended(storage, COMPLETED, context_id="talk", fork=origin)
    cancelled = await ended(storage, CANCELLED, fork=origin)
    waits = await queued(storage)

    async def page(**wanted: Any) -> list[str]:
        return ids(await storage.tasks.page(TaskFilter(**wanted), 10))

    assert await page(status="running") == ids([talk])
    assert await page(workflow="code") == ids([cancelled, code])
    assert await page(context_id="talk") == ids([code, talk])
    assert await page(context_id="talk", workflow="code") == ids([code])
    assert await page(context_id="talk", status="cancelled") == []
    assert await page(workflow="code", before=cancelled.task_id) == ids([code])
    assert await page() == ids([waits, cancelled, code, talk])
    assert await page(status="no such status") == []


async def test_the_unfinished_come_oldest_first(storage: Storage) -> None:
    first = await running(storage)
    await ended(storage)
    second, third = await queued(storage), await queued(storage)
    assert await storage.tasks.unfinished() == [first, second, third]
    await storage.lives.end(second.task_id, CANCELLED)
    assert await storage.tasks.unfinished() == [first, third]


async def test_what_was_read_is_the_readers_own(storage: Storage) -> None:
    task = await running(storage)
    values = state_after("router")
    await save(storage, task.task_id, values)
    values["hops"].append("of the test")
    read = await storage.tasks.get(task.task_id)
    cast(Any, read.answers)["a call"] = EffectAnswer(True)
    cast(Any, read.progress.hops).append("of the test")
    again = await storage.tasks.get(task.task_id)
    assert (len(again.progress.hops), again.answers) == (1, {})
