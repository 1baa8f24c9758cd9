"""LangGraph's public suite for checkpointers, whole."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import ALL_CAPABILITIES

from shared.checkpointing import SqliteCheckpointer, open_checkpointer


@checkpointer_test(name="SqliteCheckpointer")
async def fresh_checkpointer() -> AsyncIterator[SqliteCheckpointer]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_checkpointer(Path(folder) / "a.db") as saver:
            yield saver


async def test_every_capability_passes() -> None:
    report = await validate(fresh_checkpointer)
    failures = {name: found.failures for name, found in report.results.items()}
    assert not any(failures.values()), failures
    assert {name for name, found in report.results.items() if found.passed} == {
        capability.value for capability in ALL_CAPABILITIES
    }
