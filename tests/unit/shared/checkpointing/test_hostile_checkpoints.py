"""A checkpoint that somebody wrote with evil in mind runs nothing, and says so."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ormsgpack
import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import Checkpoint, empty_checkpoint

from shared.checkpointing import SCHEMA, SqliteCheckpointer
from shared.sqlite import open_database
from shared.strict_serializer import StrictSerializer, UntrustedContent

CONFIG: RunnableConfig = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.folder),))


def saying_hi() -> Checkpoint:
    """Return a checkpoint as it is saved."""
    made = empty_checkpoint()
    made["channel_values"] = {"text": "hi"}
    made["channel_versions"] = {"text": 1}
    return made


def extension(code: int, *call: Any) -> bytes:
    return ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(call)))


def nested(code: int, *call: Any) -> bytes:
    """A call hidden in the arguments of a type that is allowed."""
    inner = ormsgpack.Ext(code, ormsgpack.packb(call))
    return extension(0, "builtins", "set", [inner])


ATTACKS: dict[str, Callable[[str], tuple[str, bytes]]] = {
    "pickle": lambda folder: ("pickle", pickle.dumps(Hostile(Path(folder)))),
    "one argument": lambda folder: ("msgpack", extension(0, "os", "mkdir", folder)),
    "arguments": lambda folder: ("msgpack", extension(1, "os", "mkdir", [folder])),
    "keywords": lambda folder: ("msgpack", extension(2, "os", "mkdir", {"path": folder})),
    "method": lambda folder: ("msgpack", extension(3, "os", "path", folder, "mkdir")),
    "method of an allowed type": lambda folder: (
        "msgpack",
        extension(3, "pathlib", "Path", folder, "mkdir"),
    ),
    "pydantic 1": lambda folder: ("msgpack", extension(4, "os", "mkdir", {"path": folder})),
    "pydantic 2": lambda folder: (
        "msgpack",
        extension(5, "os", "mkdir", {"path": folder}, "model_validate_json"),
    ),
    "nested": lambda folder: ("msgpack", nested(1, "os", "mkdir", [folder])),
    "json constructor": lambda folder: (
        "json",
        b'{"lc": 2, "type": "constructor", "id": ["os", "mkdir"], "args": ["%s"]}'
        % folder.encode(),
    ),
    "no msgpack at all": lambda _: ("msgpack", b"\xc1\xc1"),
    "a name that is no name": lambda _: ("msgpack", extension(1, ["os"], {}, [])),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_hostile_value_is_refused_and_nothing_runs(tmp_path: Path, attack: str) -> None:
    ran = tmp_path / "ran"
    kind, content = ATTACKS[attack](str(ran))
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        saver = SqliteCheckpointer(database)
        await saver.aput(CONFIG, saying_hi(), {}, {"text": 1})
        update = "UPDATE channel_values SET type = ?, value = ?"
        await database.write(lambda c: c.execute(update, (kind, content)))
        saver = SqliteCheckpointer(database)  # a new one has to read the file
        with pytest.raises(UntrustedContent):
            await saver.aget_tuple(CONFIG)
        with pytest.raises(UntrustedContent):
            [each async for each in saver.alist(CONFIG)]
    assert not ran.exists()


async def test_a_hostile_head_is_refused(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    async with open_database(tmp_path / "a.db", SCHEMA) as database:
        saver = SqliteCheckpointer(database)
        await saver.aput(CONFIG, saying_hi(), {}, {"text": 1})
        head = extension(1, "os", "mkdir", [str(ran)])
        await database.write(lambda c: c.execute("UPDATE checkpoints SET head = ?", (head,)))
        with pytest.raises(UntrustedContent, match=r"os\.mkdir"):
            await saver.aget_tuple(CONFIG)
    assert not ran.exists()


@pytest.mark.parametrize(
    "value",
    [
        {"set": {1, 2}, "at": datetime(2026, 1, 2, tzinfo=UTC), "path": Path("/a/b")},
        [HumanMessage("hi", id="1"), {"nested": [b"bytes", None, 1.5]}],
    ],
)
def test_what_a_state_holds_comes_back(value: Any) -> None:
    serde = StrictSerializer()
    assert serde.loads_typed(serde.dumps_typed(value)) == value


def test_a_graph_may_allow_types_of_its_own() -> None:
    serde = StrictSerializer().with_msgpack_allowlist([(__name__, "Allowed")])
    assert serde.loads_typed(serde.dumps_typed(Allowed("a"))) == Allowed("a")
    with pytest.raises(UntrustedContent, match="Allowed"):
        StrictSerializer().loads_typed(serde.dumps_typed(Allowed("a")))


class Allowed:
    """A type that a graph keeps in its state."""

    def __init__(self, name: str) -> None:
        self.name = name

    def _asdict(self) -> dict[str, str]:
        return {"name": self.name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Allowed) and other.name == self.name

    __hash__ = None  # type: ignore[assignment]
