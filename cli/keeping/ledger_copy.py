"""The tool ledger beside the workspace: two copies that cannot be of one instant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cli.keeping.sqlite_files import copy_database, open_read_only
from shared.sqlite import load_queries

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))


def copy_ledger(source: Path, target: Path, copy_workspace: Callable[[], None]) -> int:
    """Copy the workspace, then the ledger; return how many calls are to be checked again.

    Calls go on meanwhile. An effect that the copied workspace holds has at least its intent in
    the ledger, because the ledger comes later. The reverse does not hold: a receipt may be of an
    effect that came too late for the workspace's copy. Such a receipt is taken back to an intent,
    so that after a restore the tool's own check compares the file with what was there before the
    effect, exactly as after a crash. Only calls that recorded something to compare with are
    touched; other receipts stand.
    """
    if not source.exists():
        copy_workspace()
        return 0
    with open_read_only(source) as connection:
        before = [row[0] for row in connection.execute(_QUERIES["checked_receipts"])]
    copy_workspace()
    copy_database(source, target)
    with closing(sqlite3.connect(target)) as copy, copy:
        copy.execute(_QUERIES["make_known"])
        copy.executemany(_QUERIES["know"], ((call_id,) for call_id in before))
        return copy.execute(_QUERIES["take_back_receipts"]).rowcount
