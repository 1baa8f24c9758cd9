"""The named queries of the checkpointer's tables."""

from __future__ import annotations

from pathlib import Path

from shared.sqlite import load_queries

_HERE = Path(__file__).parent

STATEMENTS = (_HERE / "schema.sql").read_text(encoding="utf-8")
QUERIES = load_queries(_HERE / "queries.sql")
