"""What a hop chose before it acted is the same after a crash, whatever the model says then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.instant_services import InstantServices, success
from core.decisions import decided
from core.hops import RoleFunction
from core.ports import (
    CallContext,
    ChatMessage,
    Decision,
    Generation,
    GenerationSettings,
    ModelInfo,
    ToolDescription,
    ToolResult,
)
from core.roles.coder import write_code
from core.roles.operator import operate
from core.roles.reviewer import review
from core.state import TaskState, initial_state
from shared.bundled_model import Rewording
from tests.hops import BUNDLED, INSTRUCT, hop_in

TOOL = ToolDescription(
    "append_line",
    "Adds a line.",
    {"type": "object", "properties": {"line": {"type": "string"}}, "required": ["line"]},
    idempotent=False,
)


class Cut(Exception):
    """The process dies."""


@dataclass
class World(InstantServices):
    """A model that never says the same twice, a journal that stays, a tool that is cut once."""

    answer_style: str = INSTRUCT
    known: Sequence[Rewording] = ()
    decisions: dict[str, Any] = field(default_factory=dict)
    generations: int = 0
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set up what the services share."""
        InstantServices.__init__(self)

    async def describe(self) -> ModelInfo:
        return ModelInfo("model", 8192, self.answer_style)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        self.generations += 1
        number = self.generations
        code = f"def f(x):\n    return 2 * x  # {number}"
        says = {
            "choose": json.dumps({"tool": "append_line", "arguments": {"line": f"{number}"}}),
            "assertions": json.dumps({"assertions": [f"assert f({number}) == {2 * number}"]}),
        }
        return Generation(says.get(context.call_id.split(":")[-1], code), "stop", 1, 1)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        return list(self.known)

    async def list_tools(self) -> list[ToolDescription]:
        return [TOOL]

    async def decision(self, task_id: str, call_id: str) -> Decision | None:
        return Decision(self.decisions[call_id]) if call_id in self.decisions else None

    async def decide(self, task_id: str, call_id: str, value: Any) -> Any:
        return json.loads(json.dumps(self.decisions.setdefault(call_id, value)))

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        self.calls.append((context.call_id, arguments))
        if len(self.calls) == 1:
            raise Cut
        return success(arguments) if name == "check_python" else ToolResult(True, "done")


DOUBLE = Rewording("a function that doubles", "f", ("assert f(2) == 4",), 0.9)
UNSURE = Rewording("a function that doubles", "f", ("assert f(2) == 4",), 0.1)
CASES: dict[str, tuple[str, RoleFunction, str, dict[str, Any]]] = {
    "the operator's call": ("operator", operate, "add a line", {}),
    "the reviewer's assertions": ("reviewer", review, "double", {}),
    "a draft that examples choose": (
        "coder",
        write_code,
        "f(2) -> 4",
        {"known": [DOUBLE], "answer_style": BUNDLED},
    ),
    "a draft that two readings agree on": (
        "coder",
        write_code,
        "f",
        {"known": [UNSURE], "answer_style": BUNDLED},
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_hop_that_is_cut_at_its_effect_asks_for_the_same_again(case: str) -> None:
    role, act, text, options = CASES[case]
    world = World(**options)
    state = initial_state(
        task_id="t", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )
    state.update(TaskState(code="def f(x):\n    return 2 * x", workflow="code"))
    with pytest.raises(Cut):
        await act(state, await hop_in(world, role, attempt=1))
    await act(state, await hop_in(world, role, attempt=2))
    first, second = world.calls[:2]
    assert first == second


async def test_only_a_second_attempt_looks_for_a_decision() -> None:
    world = World()
    world.decisions["t:2:x"] = "kept"

    async def choose() -> str:
        return "new"

    assert await decided(await hop_in(world, "coder", attempt=2), "x", choose) == "kept"
    assert await decided(await hop_in(world, "coder", attempt=1), "x", choose) == "kept"
    assert await decided(await hop_in(world, "coder", attempt=1), "y", choose) == "new"
    assert await decided(await hop_in(world, "coder", attempt=2), "z", choose) == "new"
