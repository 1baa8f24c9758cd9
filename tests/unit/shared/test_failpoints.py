"""Failpoints: declared once, fired once, and one around every durable write and remote call."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import StartupError
from core.ports import KnowledgeBase, LanguageModel, Router, Toolbox
from shared import failpoints
from shared.clients import KnowledgeClient, LlmClient, RegistryClient, RouterClient, ToolClient

ROOT = Path(__file__).parents[3]
POINT = "llm.before_generate"


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    failpoints.configure("", Path())


async def test_a_failpoint_fires_once_even_over_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        failpoints.configure(f"{POINT}:sleep=0", tmp_path)
        await failpoints.pause(POINT)
        await failpoints.pause("tool.after_effect")
    assert [path.name for path in tmp_path.iterdir()] == [f"failpoint-{POINT}"]


async def test_a_watched_failpoint_is_armed_by_a_file_and_takes_it_away(tmp_path: Path) -> None:
    failpoints.configure("watch", tmp_path)
    armed = tmp_path / "failpoints" / POINT
    await failpoints.pause(POINT)
    armed.write_text("sleep=0")
    await failpoints.pause("tool.after_effect")
    assert armed.exists()
    await failpoints.pause(POINT)
    assert not armed.exists()


def test_where_nothing_can_be_awaited_a_failpoint_can_fail(tmp_path: Path) -> None:
    failpoints.configure("llm.step:fail", tmp_path)
    with pytest.raises(failpoints.InjectedFailure, match=r"llm\.step"):
        failpoints.hit("llm.step")
    failpoints.hit("llm.step")


async def test_what_is_not_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"no failpoint is named 'a\.b'"):
        failpoints.configure("a.b:kill", tmp_path)
    with pytest.raises(KeyError):
        await failpoints.pause("a.b")
    with pytest.raises(KeyError):
        failpoints.at_commit("a.b")


@pytest.mark.parametrize(
    ("client", "port"),
    [
        (LlmClient, LanguageModel),
        (KnowledgeClient, KnowledgeBase),
        (ToolClient, Toolbox),
        (RouterClient, Router),
        (RegistryClient, None),
    ],
)
def test_every_remote_call_of_a_service_is_a_failpoint(client: type, port: type | None) -> None:
    names = [
        name
        for name, member in inspect.getmembers(port or client, inspect.isfunction)
        if not name.startswith("_")
    ]
    assert names
    for name in names:
        assert hasattr(getattr(client, name), "__wrapped__"), f"{client.__name__}.{name}"


NO_FAILPOINTS = {
    "sqlite/events.py: write",  # the door: those who go through it are failpoints
    # The mesh calls neither: it prunes in a transaction of its own.
    "checkpointing/saver.py: acopy_thread",
    "checkpointing/saver.py: _delete",
}


def test_every_function_that_writes_to_a_database_is_a_failpoint() -> None:
    bare = []
    for folder in ("agent_service", "llm_service", "tool_service", "chroma_service", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            for function in _functions(path):
                name = f"{path.parent.name}/{path.name}: {function.name}"
                if _writes(function) and not _is_failpoint(function) and name not in NO_FAILPOINTS:
                    bare.append(f"{path.relative_to(ROOT)}: {function.name}")
    assert not bare, f"mark with @failpoints.at_commit(...): {bare}"


def _functions(path: Path) -> list[ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]


def _writes(function: ast.AsyncFunctionDef) -> bool:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(
        isinstance(called, ast.Attribute)
        and called.attr == "write"
        and ast.unparse(called.value) in ("self._database", "database", "self._events")
        for called in calls
    )


def _is_failpoint(function: ast.AsyncFunctionDef) -> bool:
    return any("failpoints.at_commit" in ast.unparse(each) for each in function.decorator_list)


def test_every_declared_failpoint_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("agent_service", "llm_service", "tool_service", "chroma_service", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "catalogue.py"
    )
    for name in failpoints.CATALOGUE:
        stem = name.rpartition(".")[0] if name.endswith(("_commit", "_call")) else name
        if name.startswith("agent.in_hop."):
            stem = "agent.in_hop."
        assert f'"{stem}' in code, name
