"""The storages that the suite runs on: one line here, and every test of it runs on another one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent_service.storage.memory import memory_storage
from agent_service.storage.ports import Storage
from agent_service.storage.sqlite import storage_in
from agent_service.storage.sqlite.ownership import take_ownership
from agent_service.storage.sqlite.schema import SCHEMA
from shared.sqlite import open_database


class SetClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now_iso(self) -> str:
        return self._now.isoformat(timespec="microseconds")

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@asynccontextmanager
async def _on_sqlite(folder: Path, clock: SetClock, **options: Any) -> AsyncIterator[Storage]:
    async with open_database(folder / f"{uuid.uuid4()}.db", SCHEMA) as database:
        await take_ownership(database)
        yield storage_in(database, clock, **options)


@asynccontextmanager
async def _in_memory(folder: Path, clock: SetClock, **options: Any) -> AsyncIterator[Storage]:
    yield memory_storage(clock, **options)


Open = Callable[..., AbstractAsyncContextManager[Storage]]
"""Opens an empty storage: takes a folder for its files, a clock, and what the ports are told."""

IMPLEMENTATIONS: Mapping[str, Open] = {"sqlite": _on_sqlite, "memory": _in_memory}
