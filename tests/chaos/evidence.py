"""What a mesh left behind, read from its files alone."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.sqlite import load_queries
from tests.chaos.workload import Job, Submitted

_QUERIES = load_queries(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True)
class Event:
    """An event of a task."""

    sequence: int
    type: str
    at: str
    hop_index: int
    attempt: int


@dataclass(frozen=True)
class Task:
    """A task's row; ``calls`` says of each of its tool calls whether it has a receipt.

    ``asks_for`` is the kind of answer that it waits for; empty: it asks nothing.
    """

    task_id: str
    text: str
    status: str
    workflow: str
    progress: Mapping[str, Any]
    failure_reason: str
    asks_for: str
    events: tuple[Event, ...]
    calls: Mapping[str, bool]

    @property
    def outcome(self) -> dict[str, Any]:
        """What must be the same whatever happened on the way."""
        shown = {
            name: self.progress.get(name) for name in ("result", "code", "approved", "sources")
        }
        roles = [hop["role"] for hop in self.progress.get("hops", [])]
        return {"status": self.status, "workflow": self.workflow, "roles": roles, **shown}


@dataclass(frozen=True)
class Call:
    """A call in the ledger; ``received`` says whether it has a receipt."""

    call_id: str
    tool: str
    received: bool

    @property
    def task_id(self) -> str:
        """The task that made the call."""
        return self.call_id.partition(":")[0]


class Evidence:
    """Reads tasks, events, the tool ledger and the witness's file below ``home``."""

    def __init__(self, home: Path) -> None:
        """Read below ``home``, which need not be filled yet."""
        self._home = home
        self.expected: dict[Job, dict[str, Any]] = {}

    def expect(self, done: Iterable[Submitted]) -> None:
        """Take how undisturbed tasks ended as what every later one has to equal."""
        tasks = self.tasks()
        self.expected = {each.job: tasks[each.task_id].outcome for each in done}

    def unfinished(self) -> int:
        """Return how many tasks have not ended."""
        return int(self._read("agent/mesh.db", "unfinished")[0][0])

    def tasks(self) -> dict[str, Task]:
        """Return every task by its id, with its events."""
        events: defaultdict[str, list[Event]] = defaultdict(list)
        for row in self._read("agent/mesh.db", "events"):
            values = dict(row)
            events[values.pop("task_id")].append(Event(**values))
        calls: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        for call in self.calls():
            calls[call.task_id][call.call_id] = call.received
        return {
            row["task_id"]: Task(
                **{**dict(row), "progress": json.loads(row["progress"])},
                events=tuple(events[row["task_id"]]),
                calls=calls[row["task_id"]],
            )
            for row in self._read("agent/mesh.db", "tasks")
        }

    def calls(self) -> list[Call]:
        """Return the ledger."""
        rows = self._read("tool/ledger.db", "calls")
        return [Call(row["call_id"], row["tool"], bool(row["received"])) for row in rows]

    def witnessed(self) -> list[str]:
        """Return the call ids that the witness wrote down, in order."""
        path = self._home / "witness.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def resumed_after(self, moment: datetime) -> datetime | None:
        """Return when work went on after ``moment``."""
        rows = self._read("agent/mesh.db", "resumed", moment.isoformat(timespec="microseconds"))
        return datetime.fromisoformat(rows[0][0]) if rows[0][0] else None

    def _read(self, file: str, query: str, *parameters: str) -> list[sqlite3.Row]:
        uri = f"{(self._home / file).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(_QUERIES[query], parameters).fetchall()
