"""One connection writes, another reads what was committed last."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core.database import open_database
from core.errors import StartupError

SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY);"


async def test_whoever_was_answered_reads_what_was_committed_however_many_read_beside(
    tmp_path: Path,
) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA, 1) as database:

        async def write_and_read(number: int) -> bool:
            async with database.transaction() as connection:
                await connection.execute("INSERT INTO t VALUES (?)", (number,))
            return bool(await database.read("SELECT * FROM t WHERE n = ?", (number,)))

        found = await asyncio.gather(*(write_and_read(number) for number in range(1000)))
    assert all(found)


async def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA, 1) as database:
        with pytest.raises(RuntimeError):
            async with database.transaction() as connection:
                await connection.execute("INSERT INTO t VALUES (1)")
                raise RuntimeError
        assert await database.read("SELECT * FROM t") == []


async def test_a_damaged_file_and_a_newer_schema_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"SQLite format 3\0" + b"\7" * 5000)
    with pytest.raises(StartupError, match="damaged"):
        async with open_database(tmp_path / "damaged.db", SCHEMA, 1):
            pass
    async with open_database(tmp_path / "newer.db", SCHEMA, 2):
        pass
    with pytest.raises(StartupError, match="newer"):
        async with open_database(tmp_path / "newer.db", SCHEMA, 1):
            pass
