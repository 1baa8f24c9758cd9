"""An empty storage of each kind, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from agent_service.storage.ports import Storage

from .implementations import IMPLEMENTATIONS, Open, SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=IMPLEMENTATIONS)
def open_storage(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Open:
    """Open a storage of a kind: give it ``queue_limit``, ``max_review_cycles`` and the like."""
    return partial(IMPLEMENTATIONS[request.param], tmp_path, clock)


@pytest.fixture
async def storage(open_storage: Open) -> AsyncIterator[Storage]:
    """A storage that takes five unfinished tasks, of two review cycles each."""
    async with open_storage(queue_limit=5, max_review_cycles=2) as opened:
        yield opened
