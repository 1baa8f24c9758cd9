"""Named queries, each with a name and a sentence, kept in ``.sql`` files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

_QUERY_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


def load_queries(path: Path) -> Mapping[str, str]:
    """Return the named queries of a ``.sql`` file: each starts with ``-- name: NAME``."""
    pieces = _QUERY_NAME.split(path.read_text(encoding="utf-8"))
    return dict(zip(pieces[1::2], (query.strip() for query in pieces[2::2]), strict=True))


def statements_of(script: str) -> Iterator[str]:
    """Split a script into its statements; sqlite3's executescript would commit first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
