"""What `core.ports.Toolbox` promises, held by the fake and by a real tool service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from core.checking import CHECK_TOOL
from core.errors import (
    Cancelled,
    DeadlineExceeded,
    IdentifierReused,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from core.ports import EffectAnswer, Toolbox, ToolResult
from shared.clients import ToolClient
from shared.testing import FakeToolbox
from tests.conformance.ports.calling import FailpointGate, FakeGate, Gate, new_call
from tests.conformance.ports.fake_tools import FakeWorkspace
from tests.integration.mesh import Mesh

ODD_LINES = [
    "  spaces  ",
    "\ttab",
    "say \"hi\" \\ 'it'",
    "日本語 ünïcode 😀",
    "a\u2028b",
    "x" * 4096,
]


@dataclass(frozen=True)
class Subject:
    """A toolbox with the tools witness, append_line, read_file and check_python, and its effects.

    The witness is the worst tool: it is not idempotent, and nobody can tell what a cut call did.
    """

    tools: Toolbox
    away: Toolbox
    gate: Gate
    witnessed: Callable[[], int]
    """Returns how often the witness has acted."""


@pytest.fixture(params=["fake", "service"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """The implementations."""
    if request.param == "fake":
        workspace = FakeWorkspace()
        fake = FakeToolbox(tools=workspace.tools)
        gate = FakeGate(fake.calls)
        yield Subject(fake, FakeToolbox(away=True), gate, lambda: workspace.witnessed)
        return
    mesh: Mesh = request.getfixturevalue("module_mesh")
    async with AsyncExitStack() as stack:
        yield await served(mesh, stack)


async def served(mesh: Mesh, stack: AsyncExitStack) -> Subject:
    """Return clients of the service, which is started once."""
    file = mesh.home / "witness"
    if not mesh.started:
        mesh.spawn("tool", "watch", TOOL_WITNESS_FILE=str(file))
        await mesh.healthy("tool")
    client, away = [
        ToolClient(await stack.enter_async_context(mesh.channel(name))) for name in ("tool", "llm")
    ]

    def lines() -> int:
        return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0

    before = lines()
    gate = FailpointGate.of(mesh, "tool.after_intent")
    return Subject(client, away, gate, lambda: lines() - before)


@pytest.fixture
def tools(subject: Subject) -> Toolbox:
    """The implementation that answers."""
    return subject.tools


async def test_tools_are_listed_by_name_with_their_schemas(tools: Toolbox) -> None:
    listed = await tools.list_tools()
    names = [tool.name for tool in listed]
    assert names == sorted(set(names))
    assert {"append_line", "read_file", "witness"} <= set(names)
    for tool in listed:
        assert tool.description
        assert tool.parameters_schema["type"] == "object"
        Draft202012Validator.check_schema(tool.parameters_schema)
    idempotent = {tool.name: tool.idempotent for tool in listed}
    assert idempotent["read_file"]
    assert not idempotent["witness"]
    assert await tools.list_tools() == listed


async def test_the_workflow_calls_a_tool_that_nobody_is_offered(tools: Toolbox) -> None:
    assert CHECK_TOOL not in [tool.name for tool in await tools.list_tools()]
    arguments = {"code": "def f(x):\n    return x", "checks": ["assert f(1) == 1"]}
    result = await tools.call(CHECK_TOOL, arguments, new_call())
    assert result.ok
    assert result.data["loaded"] is True
    [verdict] = result.data["verdicts"]
    assert (verdict["check"], verdict["passed"]) == ("assert f(1) == 1", True)


async def test_the_same_call_acts_once_and_gives_the_recorded_result(subject: Subject) -> None:
    call = new_call()
    first = await subject.tools.call("witness", {}, call)
    assert (first.ok, first.replayed) == (True, False)
    assert await subject.tools.call("witness", {}, call) == replace(first, replayed=True)
    assert subject.witnessed() == 1
    assert not (await subject.tools.call("witness", {}, new_call())).replayed
    assert subject.witnessed() == 2


async def test_a_call_that_runs_is_joined(subject: Subject) -> None:
    call = new_call()
    ended = await asyncio.gather(*(subject.tools.call("witness", {}, call) for _ in range(3)))
    assert {each.output for each in ended} == {ended[0].output}
    assert subject.witnessed() == 1


async def test_a_call_id_is_of_one_request(tools: Toolbox) -> None:
    call = new_call()
    await tools.call("append_line", {"path": "once.txt", "line": "one"}, call)
    others: list[tuple[str, dict[str, Any]]] = [
        ("append_line", {"path": "once.txt", "line": "two"}),
        ("witness", {}),
    ]
    for name, arguments in others:
        with pytest.raises(IdentifierReused):
            await tools.call(name, arguments, call)


async def test_a_call_that_is_refused_leaves_its_id_free(subject: Subject) -> None:
    call = new_call()
    with pytest.raises(NotFound, match="no_such_tool"):
        await subject.tools.call("no_such_tool", {}, call)
    with pytest.raises(InvalidInput) as refused:
        await subject.tools.call("append_line", {"path": "a.txt", "line": 7}, call)
    assert refused.value.field == "arguments.line"
    with pytest.raises(InvalidInput):
        await subject.tools.call("witness", {"more": 1}, call)
    assert subject.witnessed() == 0
    assert not (await subject.tools.call("witness", {}, call)).replayed


async def test_what_a_tool_fails_with_is_a_result_like_another(tools: Toolbox) -> None:
    call = new_call()
    failed = await tools.call("read_file", {"path": "is-not-there.txt"}, call)
    assert not failed.ok
    assert "is-not-there.txt" in failed.output
    again = await tools.call("read_file", {"path": "is-not-there.txt"}, call)
    assert again == replace(failed, replayed=True)


@pytest.mark.parametrize("line", ODD_LINES, ids=ascii)
async def test_texts_come_back_whole(tools: Toolbox, line: str) -> None:
    path = f"{new_call().task_id}.txt"
    assert (await tools.call("append_line", {"path": path, "line": line}, new_call())).ok
    read = await tools.call("read_file", {"path": path}, new_call())
    assert read.output == f"{line}\n"
    assert read.data["bytes"] == len(read.output.encode())


async def test_a_call_goes_on_when_its_caller_has_left(subject: Subject) -> None:
    call = new_call()
    subject.gate.close(1.0)
    with pytest.raises(DeadlineExceeded):
        await subject.tools.call("witness", {}, replace(call, deadline_seconds=0.3))
    assert (await subject.tools.call("witness", {}, call)).ok
    assert subject.witnessed() == 1


async def cut(subject: Subject) -> str:
    """Cancel a call of the witness before its effect; return its id."""
    call = new_call()
    subject.gate.close(10.0)
    running = asyncio.create_task(subject.tools.call("witness", {}, call))
    await subject.gate.reached()
    await subject.tools.cancel_calls(new_call().task_id)
    assert not running.done()
    await subject.tools.cancel_calls(call.task_id)
    with pytest.raises(Cancelled):
        await running
    subject.gate.open()
    return call.call_id


async def again(subject: Subject, call_id: str) -> ToolResult:
    """Make a call of the witness once more."""
    return await subject.tools.call("witness", {}, replace(new_call(), call_id=call_id))


async def test_nobody_knows_what_a_call_did_that_was_cut(subject: Subject) -> None:
    call_id = await cut(subject)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            await again(subject, call_id)
    with pytest.raises(IdentifierReused):
        call = replace(new_call(), call_id=call_id)
        await subject.tools.call("append_line", {"path": "cut.txt", "line": "x"}, call)
    assert subject.witnessed() == 0


async def test_an_effect_that_happened_does_not_happen_again(subject: Subject) -> None:
    call_id = await cut(subject)
    for _ in range(2):
        await subject.tools.resolve(call_id, EffectAnswer(happened=True, output="as seen"))
    expected = ToolResult(ok=True, output="as seen", replayed=True)
    assert await again(subject, call_id) == expected
    await subject.tools.resolve(call_id, EffectAnswer(happened=False))
    assert await again(subject, call_id) == expected
    assert subject.witnessed() == 0


async def test_an_effect_that_did_not_happen_may_happen(subject: Subject) -> None:
    call_id = await cut(subject)
    await subject.tools.resolve(call_id, EffectAnswer(happened=False))
    assert not (await again(subject, call_id)).replayed
    assert subject.witnessed() == 1


async def test_a_call_that_nobody_made_is_not_resolved(tools: Toolbox) -> None:
    with pytest.raises(NotFound):
        await tools.resolve(new_call().call_id, EffectAnswer(happened=True))


async def test_what_nobody_serves_is_unavailable(subject: Subject) -> None:
    away, call = subject.away, new_call()
    ended = await asyncio.gather(
        away.list_tools(),
        away.call("witness", {}, call),
        away.resolve(call.call_id, EffectAnswer(happened=True)),
        away.cancel_calls(call.task_id),
        return_exceptions=True,
    )
    assert [type(each) for each in ended] == [Unavailable] * 4
