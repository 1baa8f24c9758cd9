"""A MESH_HOME with something of everything in it, made without any service."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_service.storage.sqlite.schema import SCHEMA as AGENT_SCHEMA
from chroma_service.manifest import SCHEMA as SOURCES_SCHEMA
from cli.keeping.places import KeepingSettings, Places
from shared.sqlite import Schema
from tool_service.ledger.ledger import SCHEMA as LEDGER_SCHEMA

AT = "2026-01-01T00:00:00.000000+00:00"


def places_of(home: Path, **settings: Path) -> Places:
    return Places.of(KeepingSettings(mesh_home=home, **settings))


def make(path: Path, schema: Schema) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(schema.statements)
    connection.execute(f"PRAGMA user_version={schema.version}")
    return connection


def add_task(connection: sqlite3.Connection, task_id: str, events: int = 3) -> None:
    connection.execute(
        "INSERT INTO tasks (task_id, correlation_id, request_digest, context_id, text,"
        " requested_workflow, status, remaining_loops, created_at, updated_at)"
        " VALUES (?, ?, '', '', 'hello', '', 'completed', 2, ?, ?)",
        (task_id, f"c-{task_id}", AT, AT),
    )
    for sequence in range(1, events + 1):
        connection.execute(
            "INSERT INTO events VALUES (NULL, ?, ?, 'accepted', ?, 0, '', 0, 2, '{}')",
            (task_id, sequence, AT),
        )
    connection.execute(
        "INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, head, metadata)"
        " VALUES (?, '', 'c1', x'00', '{}')",
        (task_id,),
    )


def add_call(
    connection: sqlite3.Connection, call_id: str, before: object, *, received: bool
) -> None:
    connection.execute(
        "INSERT INTO calls VALUES (?, 'd', 'append_line', '{}', ?, ?, ?, ?)",
        (call_id, json.dumps(before), AT, '{"ok": true}' if received else None, AT),
    )


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A stack that is down, with a task, a call, a source, and a workspace."""
    home = tmp_path / "home"
    places = places_of(home)
    with closing(make(places.agent, AGENT_SCHEMA)) as agent:
        add_task(agent, "t1")
    with closing(make(home / "tool" / "ledger.db", LEDGER_SCHEMA)) as ledger:
        add_call(ledger, "t1:1:call", {"bytes": 0}, received=True)
    with closing(make(home / "chroma" / "sources.db", SOURCES_SCHEMA)) as sources:
        sources.execute("INSERT INTO sources VALUES ('default', 'a.md', 'g1', 1, 'd', ?, 2)", (AT,))
    chroma = home / "chroma" / "passages"
    with closing(make(chroma / "chroma.sqlite3", Schema(1, "CREATE TABLE embeddings (id TEXT);"))):
        pass
    (chroma / "segment").mkdir()
    (chroma / "segment" / "header.bin").write_bytes(b"\1\2")
    (places.workspace / "notes" / "empty").mkdir(parents=True)
    (places.workspace / "notes" / "a.txt").write_text("one\n", encoding="utf-8")
    script = places.workspace / "run.sh"
    script.write_text("true\n", encoding="utf-8")
    script.chmod(0o755)
    return places


def content(places: Places) -> dict[str, bytes]:
    """What a restore must bring back, by the names of a backup."""
    found: dict[str, bytes] = {}
    for name, path in places.databases.items():
        if path.exists():
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                found[name] = "\n".join(connection.iterdump()).encode()
    for name, folder in places.folders.items():
        for path in sorted(folder.rglob("*")):
            if not path.is_dir() and not path.name.startswith("chroma.sqlite3"):
                found[f"{name}/{path.relative_to(folder)}"] = path.read_bytes()
    return found
