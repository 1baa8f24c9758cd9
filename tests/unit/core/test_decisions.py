"""What a hop chose before it acted is the same after a crash, whatever the model says then."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import pytest

from core.decisions import decided
from core.hops import RoleFunction
from core.ports import ToolDescription, ToolResult
from core.roles.coder import write_code
from core.roles.operator import operate
from core.roles.reviewer import review
from core.state import TaskState, initial_state
from shared.bundled_model import Rewording
from shared.testing import (
    CHECKS_PASS,
    Asked,
    FakeModel,
    FakeServices,
    FakeTool,
    FakeToolbox,
    passed,
)
from tests.hops import BUNDLED, INSTRUCT, hop_in

TOOL = ToolDescription(
    "append_line",
    "Adds a line.",
    {"type": "object", "properties": {"line": {"type": "string"}}, "required": ["line"]},
    idempotent=True,  # or nobody would know what the cut call did
)


class Cut(Exception):
    """The process dies."""


def never_the_same() -> Callable[[Asked], str]:
    """Return what a model says that never says the same twice."""
    numbers = count(1)

    def say(asked: Asked) -> str:
        number = next(numbers)
        says = {
            "choose": json.dumps(
                {"thought": "", "tool": "append_line", "arguments": {"line": f"{number}"}}
            ),
            "assertions": json.dumps({"assertions": [f"assert f({number}) == {2 * number}"]}),
            "opinion": '{"approve": true, "comment": ""}',
        }
        return says.get(asked.position, f"def f(x):\n    return 2 * x  # {number}")

    return say


class World(FakeServices):
    """A model that never says the same twice, and tools that are cut at their first effect."""

    def __init__(self, answer_style: str = INSTRUCT, known: Sequence[Rewording] = ()) -> None:
        self.effects: list[Mapping[str, Any]] = []
        tools = [FakeTool(each, self._act) for each in (TOOL, CHECKS_PASS.description)]
        super().__init__(
            model=FakeModel(says=never_the_same(), answer_style=answer_style, rewordings=known),
            tools=FakeToolbox(tools=tools),
        )

    async def _act(self, arguments: Mapping[str, Any]) -> ToolResult:
        self.effects.append(arguments)
        if len(self.effects) == 1:
            raise Cut
        return passed(arguments)


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
    [cut] = world.calls.ids[-1:]
    world.model.forget()
    await act(state, await hop_in(world, role, attempt=2))
    assert world.calls.ids.count(cut) == 2
    first, second = world.effects[:2]
    assert first == second


async def test_only_a_second_attempt_looks_for_a_decision() -> None:
    world = World()
    await world.journal.decide("t", "t:2:x", "kept")

    async def choose() -> str:
        return "new"

    assert await decided(await hop_in(world, "coder", attempt=2), "x", choose) == "kept"
    assert await decided(await hop_in(world, "coder", attempt=1), "x", choose) == "kept"
    assert await decided(await hop_in(world, "coder", attempt=1), "y", choose) == "new"
    assert await decided(await hop_in(world, "coder", attempt=2), "z", choose) == "new"
