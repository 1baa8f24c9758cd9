"""One connection writes, another reads what was committed last."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import DataLoss, StartupError, StorageUnwritable
from shared.sqlite.files import Schema, open_database

TABLE = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY);"
SCHEMA = Schema(1, TABLE)


async def test_whoever_was_answered_reads_what_was_committed_however_many_read_beside(
    tmp_path: Path,
) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:

        async def write_and_read(number: int) -> bool:
            await database.write(lambda c: c.execute("INSERT INTO t VALUES (?)", (number,)))
            return bool(await database.read("SELECT * FROM t WHERE n = ?", (number,)))

        found = await asyncio.gather(*(write_and_read(number) for number in range(1000)))
    assert all(found)


async def test_work_that_fails_leaves_nothing_and_takes_nobody_with_it(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:

        def work(number: int) -> Callable[[sqlite3.Connection], int]:
            def insert(connection: sqlite3.Connection) -> int:
                connection.execute("INSERT INTO t VALUES (?)", (number,))
                if number % 3 == 0:
                    raise ValueError(number)
                return number

            return insert

        writes = (database.write(work(number)) for number in range(30))
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        for number, outcome in enumerate(outcomes):
            assert isinstance(outcome, ValueError) if number % 3 == 0 else outcome == number
        kept = [row["n"] for row in await database.read("SELECT n FROM t ORDER BY n")]
        assert kept == [number for number in range(30) if number % 3]


async def test_a_guard_that_refuses_stops_every_write(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:

        def refuse(connection: sqlite3.Connection) -> None:
            raise PermissionError

        database.guard_writes(refuse)
        writes = (database.write(lambda c: c.execute("INSERT INTO t VALUES (1)")) for _ in "abc")
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(each) for each in outcomes] == [PermissionError] * 3
        assert await database.read("SELECT * FROM t") == []


async def test_the_guard_stands_before_each_try_of_a_batch(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        tries: list[int] = []

        def refuse_the_second(connection: sqlite3.Connection) -> None:
            tries.append(len(tries))
            if len(tries) == 2:
                raise PermissionError

        def fail(connection: sqlite3.Connection) -> None:
            raise ValueError

        database.guard_writes(refuse_the_second)
        writes = [
            database.enqueue(lambda c: c.execute("INSERT INTO t VALUES (1)"), linger_seconds=1),
            database.enqueue(fail),
        ]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(each) for each in outcomes] == [PermissionError] * 2
        assert tries == [0, 1]
        assert await database.read("SELECT * FROM t") == []


async def test_a_caller_that_leaves_hurts_nobody_and_the_end_waits_for_what_is_written(
    tmp_path: Path,
) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        leaving = asyncio.create_task(
            database.write(lambda c: c.execute("INSERT INTO t VALUES (1)"))
        )
        await asyncio.sleep(0)
        staying = asyncio.create_task(
            database.write(lambda c: c.execute("INSERT INTO t VALUES (2)"))
        )
        await asyncio.sleep(0)
        leaving.cancel()
        await staying
        last = asyncio.create_task(database.write(lambda c: c.execute("INSERT INTO t VALUES (3)")))
        await asyncio.sleep(0)
    await last
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        kept = {row["n"] for row in await database.read("SELECT n FROM t")}
    assert {2, 3} <= kept


async def test_a_damaged_file_and_a_newer_schema_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"SQLite format 3\0" + b"\7" * 5000)
    with pytest.raises(StartupError, match="mesh restore FILE"):
        async with open_database(tmp_path / "damaged.db", SCHEMA):
            pass
    async with open_database(tmp_path / "newer.db", Schema(2, TABLE)):
        pass
    with pytest.raises(StartupError, match="newer"):
        async with open_database(tmp_path / "newer.db", SCHEMA):
            pass


async def test_on_a_full_disk_the_patient_wait_and_the_others_are_refused(tmp_path: Path) -> None:
    room = [4]
    blob = "INSERT INTO b VALUES (randomblob(40000))"
    async with open_database(tmp_path / "a.db", Schema(1, "CREATE TABLE b (x BLOB);")) as database:
        database.guard_writes(lambda c: c.execute(f"PRAGMA max_page_count={room[0]}"))
        waiting = [database.enqueue(lambda c: c.execute(blob), patient=True) for _ in "ab"]
        with pytest.raises(StorageUnwritable, match="full"):
            await database.write(lambda c: c.execute(blob))
        await asyncio.sleep(0.7)
        assert not any(each.done() for each in waiting)
        assert await database.read("SELECT * FROM b") == []
        room[0] = 1000
        async with asyncio.timeout(5):
            await asyncio.gather(*waiting)
        [[count]] = await database.read("SELECT count(*) FROM b")
        assert count == 2


async def test_closing_waits_for_no_room(tmp_path: Path) -> None:
    async with asyncio.timeout(5):
        async with open_database(
            tmp_path / "a.db", Schema(1, "CREATE TABLE b (x BLOB);")
        ) as database:
            database.guard_writes(lambda c: c.execute("PRAGMA query_only=1"))
            waiting = database.enqueue(
                lambda c: c.execute("INSERT INTO b VALUES (1)"), patient=True
            )
            await asyncio.sleep(0.1)
    with pytest.raises(StorageUnwritable, match="readonly"):
        await waiting


async def test_works_are_durable_in_the_order_of_their_places(tmp_path: Path) -> None:
    async with open_database(tmp_path / "a.db", SCHEMA) as database:

        def insert_after(number: int) -> Callable[[sqlite3.Connection], int]:
            def work(connection: sqlite3.Connection) -> int:
                [count] = connection.execute("SELECT count(*) FROM t").fetchone()
                connection.execute("INSERT INTO t VALUES (?)", (number,))
                return int(count)

            return work

        lingering = database.enqueue(insert_after(0), linger_seconds=60)
        rest = [database.enqueue(insert_after(number)) for number in range(1, 20)]
        assert await asyncio.gather(lingering, *rest) == list(range(20))


async def test_a_reader_elsewhere_keeps_no_log_full(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    other = None
    try:
        async with open_database(path, SCHEMA) as database:
            await database.write(lambda c: c.execute("INSERT INTO t VALUES (1)"))
            other = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            other.execute("SELECT n FROM t").fetchall()
        assert (tmp_path / "a.db-wal").stat().st_size == 0
    finally:
        if other is not None:
            other.close()


async def test_damage_found_while_running_is_data_loss_that_names_the_way_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    schema = Schema(1, "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT);")
    async with open_database(path, schema) as database:
        await database.write(
            lambda c: c.executemany(
                "INSERT INTO t VALUES (?, ?)", ((n, "x" * 500) for n in range(20_000))
            )
        )
    async with open_database(path, schema) as database:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (path.stat().st_size - 4096))
        with pytest.raises(DataLoss, match="mesh restore FILE"):
            await database.read("SELECT sum(length(text)) FROM t")
        with pytest.raises(DataLoss, match="mesh restore FILE"):
            await database.write(lambda c: c.execute("UPDATE t SET text = text || 'y'"))


@pytest.mark.parametrize("text", ["corrupt", "malformed", "this is not a database"])
async def test_words_of_damage_in_other_errors_are_no_damage(tmp_path: Path, text: str) -> None:
    table = f"""{TABLE}
    CREATE TRIGGER IF NOT EXISTS refuse BEFORE INSERT ON t
    BEGIN SELECT RAISE(ABORT, '{text}'); END;
    """
    async with open_database(tmp_path / "a.db", Schema(1, table)) as database:
        for attempt in (database.write, database.read_together):
            with pytest.raises(sqlite3.OperationalError, match="malformed JSON"):
                await attempt(lambda c: c.execute("SELECT json_extract('x', '$')").fetchall())
        with pytest.raises(sqlite3.IntegrityError, match=text):
            await database.write(lambda c: c.execute("INSERT INTO t VALUES (1)"))


async def test_a_query_does_not_wait_for_a_long_read_of_one_state(tmp_path: Path) -> None:
    go_on = threading.Event()

    def hold(connection: sqlite3.Connection) -> int:
        assert go_on.wait(10)
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])

    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        long = asyncio.ensure_future(database.read_together(hold))
        try:
            async with asyncio.timeout(5):
                assert await database.read("SELECT * FROM t WHERE n = :n", {"n": 1}) == []
        finally:
            go_on.set()
        assert await long == 0
