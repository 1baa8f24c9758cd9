"""The ledger holds: one effect a call id, whatever is retried, cut or asked for at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import IdentifierReused, InvalidInput, OutcomeUnknown, Unavailable
from core.ports import ToolResult
from shared.sqlite import Database, open_database
from tool_service.calls import CallRunner
from tool_service.ledger.ledger import SCHEMA, CallRequest, Ledger
from tool_service.tool import Arguments, Effect, EffectCheck, Tool, parameters


class Witness:
    """A tool whose effects are counted; ``gate`` holds it open."""

    def __init__(self) -> None:
        self.effects = 0
        self.gate: asyncio.Event | None = None
        self.refuse = False

    async def run(self, arguments: Arguments) -> ToolResult:
        if self.refuse:
            raise InvalidInput("no", "arguments.path")
        if self.gate is not None:
            await self.gate.wait()
        self.effects += 1
        return ToolResult(ok=True, output=f"effect {self.effects}", data={"n": self.effects})

    def tool(self, *, idempotent: bool = False, effect: Effect | None = None) -> Tool:
        check = None if effect is None else EffectCheck(_look, _judge(effect), _result)
        return Tool("witness", "counts", parameters({}), self.run, idempotent, check)


async def _look(arguments: Arguments) -> Mapping[str, Any]:
    return {"seen": 1}


def _judge(effect: Effect) -> Any:
    async def judge(arguments: Arguments, before: Mapping[str, Any]) -> Effect:
        assert before == {"seen": 1}
        return effect

    return judge


def _result(arguments: Arguments) -> ToolResult:
    return ToolResult(ok=True, output="as the check says")


REQUEST = CallRequest("task:1:call", "witness", {"a": 1})


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "ledger.db", SCHEMA) as opened:
        yield opened


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, lambda: "2026-01-01T00:00:00Z")


async def test_the_same_call_again_gives_the_recorded_result(ledger: Ledger) -> None:
    witness, runner = Witness(), CallRunner(ledger, 4)
    first = await runner.call(witness.tool(), REQUEST)
    again = await CallRunner(ledger, 4).call(witness.tool(), REQUEST)
    assert (first.output, first.replayed) == ("effect 1", False)
    assert (again.output, again.replayed) == ("effect 1", True)
    assert again.data == {"n": 1}
    assert witness.effects == 1


async def test_the_same_id_for_another_call_is_refused(ledger: Ledger) -> None:
    witness, runner = Witness(), CallRunner(ledger, 4)
    await runner.call(witness.tool(), REQUEST)
    other = CallRequest(REQUEST.call_id, "witness", {"a": 2})
    with pytest.raises(IdentifierReused):
        await runner.call(witness.tool(), other)
    assert witness.effects == 1


async def test_calls_at_once_share_one_effect_and_a_caller_that_leaves_does_not_cut_it(
    ledger: Ledger,
) -> None:
    witness, runner = Witness(), CallRunner(ledger, 4)
    witness.gate = asyncio.Event()
    callers = [asyncio.create_task(runner.call(witness.tool(), REQUEST)) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises(IdentifierReused):
        await runner.call(witness.tool(), CallRequest(REQUEST.call_id, "witness", {}))
    callers[0].cancel()
    witness.gate.set()
    results = await asyncio.gather(*callers[1:])
    assert [result.output for result in results] == ["effect 1", "effect 1"]
    assert witness.effects == 1
    known = await ledger.find(REQUEST)
    assert known is not None
    assert known.result is not None


@pytest.mark.parametrize(
    ("idempotent", "effect", "effects"),
    [(True, None, 1), (False, Effect.NOT_DONE, 1), (False, Effect.DONE, 0)],
)
async def test_a_cut_call_goes_on_as_the_tool_can(
    ledger: Ledger, idempotent: bool, effect: Effect | None, effects: int
) -> None:
    await ledger.intend(REQUEST, {"seen": 1})
    witness = Witness()
    result = await CallRunner(ledger, 4).call(
        witness.tool(idempotent=idempotent, effect=effect), REQUEST
    )
    assert result.ok
    assert witness.effects == effects
    known = await ledger.find(REQUEST)
    assert known is not None
    assert known.result is not None


@pytest.mark.parametrize("effect", [None, Effect.UNKNOWN])
async def test_a_cut_call_in_doubt_is_neither_repeated_nor_skipped(
    ledger: Ledger, effect: Effect | None
) -> None:
    await ledger.intend(REQUEST, {"seen": 1})
    witness = Witness()
    for _ in range(2):
        with pytest.raises(OutcomeUnknown, match="witness"):
            await CallRunner(ledger, 4).call(witness.tool(effect=effect), REQUEST)
    assert witness.effects == 0


async def test_a_refusal_before_the_effect_leaves_no_intent(ledger: Ledger) -> None:
    witness = Witness()
    witness.refuse = True
    with pytest.raises(InvalidInput):
        await CallRunner(ledger, 4).call(witness.tool(), REQUEST)
    assert await ledger.find(REQUEST) is None


async def test_a_drain_waits_for_the_receipt_and_takes_nothing_new(ledger: Ledger) -> None:
    witness, runner = Witness(), CallRunner(ledger, 4)
    witness.gate = asyncio.Event()
    caller = asyncio.create_task(runner.call(witness.tool(), REQUEST))
    await asyncio.sleep(0.05)
    drain = asyncio.create_task(runner.drain())
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await runner.call(witness.tool(), CallRequest("other", "witness", {}))
    witness.gate.set()
    await drain
    assert (await caller).output == "effect 1"


async def test_output_over_the_limit_is_cut_with_a_note(ledger: Ledger) -> None:
    async def run(arguments: Arguments) -> ToolResult:
        return ToolResult(ok=True, output="ä" * 300_000)

    tool = Tool("long", "says much", parameters({}), run, idempotent=True)
    result = await CallRunner(ledger, 1).call(tool, CallRequest("long", "long", {}))
    assert len(result.output.encode()) <= 256 * 1024
    assert result.output.endswith("[cut here]")


async def test_the_calls_of_a_deleted_task_are_forgotten_and_no_others(tmp_path: Path) -> None:
    async with open_database(tmp_path / "ledger.db", SCHEMA) as database:
        ledger = Ledger(database, lambda: "now")
        ids = ["a:1:call", "a:2:call", "a", "aa:1:call", "b:1:call", "cli:a:1"]
        for call_id in ids:
            await ledger.intend(CallRequest(call_id, "t", {}), {})
        assert await ledger.forget([]) == 0
        assert await ledger.forget(["a", "gone"]) == 2
        left = {row["call_id"] for row in await database.read("SELECT call_id FROM calls")}
        assert left == set(ids) - {"a:1:call", "a:2:call"}
