"""A checkpointer on a file of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.checkpointing.migration import take_over_langgraph_tables
from shared.checkpointing.queries import STATEMENTS
from shared.checkpointing.saver import SqliteCheckpointer
from shared.sqlite import Schema, open_database

SCHEMA = Schema(version=2, statements=STATEMENTS, migrations={1: take_over_langgraph_tables})


@asynccontextmanager
async def open_checkpointer(path: str | os.PathLike[str]) -> AsyncIterator[SqliteCheckpointer]:
    """Open a checkpointer on a file of its own; a file of LangGraph's SQLite saver is taken over.

    Raises: StartupError (damaged, of a newer version, cannot be opened).
    """
    async with open_database(path, SCHEMA) as database:
        yield SqliteCheckpointer(database)
