"""The schema of the agent's file: tasks, events and ownership, with the checkpoints beside them."""

from __future__ import annotations

from pathlib import Path

from core import checkpointing
from core.database_file import Schema

_OWN = Path(__file__).with_name("schema.sql").read_text(encoding="utf-8")

SCHEMA = Schema(
    version=2,
    statements=_OWN + checkpointing.SCHEMA.statements,
    migrations={1: checkpointing.SCHEMA.migrations[1]},
)
