"""The local span store: a SQLite table that all services of a stack write to."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MAX_SPANS = 50_000
_BUSY_TIMEOUT_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    id INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    span_id TEXT NOT NULL,
    parent_span_id TEXT NOT NULL,
    name TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    end_ns INTEGER NOT NULL,
    status TEXT NOT NULL,
    attributes TEXT NOT NULL,
    links TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS spans_by_trace ON spans (trace_id);
"""
_INSERT = """
INSERT INTO spans (service, trace_id, span_id, parent_span_id, name, start_ns, end_ns, status,
                   attributes, links)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TRIM = "DELETE FROM spans WHERE id <= (SELECT max(id) FROM spans) - ?"
_log = logging.getLogger(__name__)


class SqliteSpanExporter(SpanExporter):
    """Writes finished spans; keeps the newest 50,000.

    Runs on the batch processor's own thread. The journal is a rollback journal on purpose:
    several processes write here, and SQLite before 3.51.3 can damage a WAL that way.
    """

    def __init__(self, path: Path) -> None:
        """Keep spans in the file at ``path``."""
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write ``spans``; a store that cannot be written costs spans and nothing else."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self._path, timeout=_BUSY_TIMEOUT_SECONDS)) as connection:
                connection.executescript(_SCHEMA)
                with connection:
                    connection.executemany(_INSERT, [_row(span) for span in spans])
                    connection.execute(_TRIM, (MAX_SPANS,))
        except (OSError, sqlite3.Error) as error:
            _log.warning("%d spans are lost: %s", len(spans), error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def _row(span: ReadableSpan) -> tuple[str | int, ...]:
    context = span.get_span_context()
    assert context is not None
    return (
        str(span.resource.attributes.get("service.name", "")),
        f"{context.trace_id:032x}",
        f"{context.span_id:016x}",
        f"{span.parent.span_id:016x}" if span.parent else "",
        span.name,
        span.start_time or 0,
        span.end_time or 0,
        span.status.status_code.name,
        json.dumps(dict(span.attributes or {})),
        json.dumps([f"{link.context.trace_id:032x}" for link in span.links]),
    )
