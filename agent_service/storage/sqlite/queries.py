"""The named queries of the agent's tables."""

from __future__ import annotations

from pathlib import Path

from shared.sqlite import load_queries

_HERE = Path(__file__).parent

QUERIES = load_queries(_HERE / "queries.sql")
