"""A request is understood by the known requests that are near it, or it is said that none is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from agent_service.skills.bundled.drafting import draft_code
from agent_service.skills.bundled.language import is_english
from agent_service.skills.bundled.meaning import values_beside
from agent_service.skills.bundled.requested_signature import requested_parameters
from core.hops import Hop
from core.ports import Draft, GenerationSettings, ToolResult
from core.roles.coder import write_code
from core.roles.reviewer import review
from core.state import ReviewRecord, TaskState, initial_state
from shared.bundled_model import Rewording
from shared.testing import (
    CHECKS_PASS,
    Asked,
    FakeModel,
    FakeServices,
    FakeTool,
    FakeToolbox,
)
from tests.hops import BUNDLED, hop_in
from tests.unit.agent_service.skills.scripted import Run, run_here

KNOWN = "write a function called double that doubles a number"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x"
NONE = '{"assertions": []}'


def world_of(score: float, answers: Mapping[str, str], checks: Run = run_here) -> FakeServices:
    """Return a model that knows one request, beside a tool that really runs what it writes."""

    def say(asked: Asked) -> str:
        known = WRONG if asked.schema is None else NONE
        return answers.get(asked.messages[-1].content, known)

    near = Rewording(KNOWN, "double", ("assert double(3) == 6",), score)
    return FakeServices(
        model=FakeModel(says=say, answer_style=BUNDLED, rewordings=[near]),
        tools=FakeToolbox(tools=[FakeTool(CHECKS_PASS.description, checks, offered=False)]),
    )


async def coder_hop(world: FakeServices) -> Hop:
    return await hop_in(world, "coder")


async def drafted(world: FakeServices, state: TaskState) -> Draft:
    return await draft_code(world.model, state, await coder_hop(world), GenerationSettings())


def task(text: str) -> TaskState:
    return initial_state(
        task_id="task", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )


async def test_a_near_request_is_asked_instead() -> None:
    world = world_of(0.9, {KNOWN: RIGHT})
    draft = await drafted(world, task("twice a number"))
    assert draft.code == RIGHT
    assert draft.note["request"] == KNOWN
    assert [each.messages[-1].content for each in world.model.asked] == [KNOWN]


async def test_a_plausible_request_counts_only_if_the_first_answer_agrees() -> None:
    agrees = world_of(0.3, {"twice a number": RIGHT.replace("double", "twice")})
    draft = await drafted(agrees, task("twice a number"))
    assert draft.note["assertions"] == ["assert twice(3) == 6"]
    differs = world_of(0.3, {"twice a number": WRONG})
    draft = await drafted(differs, task("twice a number"))
    assert not draft.note["request"]


async def test_examples_in_the_request_decide_over_what_is_near() -> None:
    text = "the same number again: double(3) -> 3"
    world = world_of(0.9, {KNOWN: RIGHT})
    draft = await drafted(world, task(text))
    assert draft.code == WRONG


async def test_what_is_like_nothing_known_is_not_approved_and_says_so() -> None:
    state = task("the meaning of life")
    hop = await coder_hop(world_of(0.01, {}))
    draft = await draft_code(world_of(0.01, {}).model, state, hop, GenerationSettings())
    outcome = await review(
        TaskState(**state, code=draft.code, note=draft.note),  # type: ignore[misc]
        hop,
    )
    verdict = outcome.update["review"]
    assert not verdict["approved"]
    assert "like none that the model knows" in verdict["output"]
    assert KNOWN in verdict["output"]


async def test_what_is_written_gets_the_name_that_the_person_wants() -> None:
    world = world_of(0.9, {KNOWN: RIGHT})
    text = "a function called twofold: twice a number"
    draft = await drafted(world, task(text))
    assert draft.code == "def twofold(x):\n    return 2 * x"
    assert draft.note["assertions"] == ["assert twofold(3) == 6"]


async def test_a_revision_asks_under_the_known_name_and_answers_under_the_wanted_one() -> None:
    world = world_of(0.9, {"The code failed:\nAssertionError: double(3) == 6": RIGHT})
    state = task("a function called twofold: twice a number")
    state["code"] = "def twofold(x):\n    return x"
    state["review"] = ReviewRecord(
        approved=False, output="AssertionError: twofold(3) == 6", assertions=[]
    )
    state["note"] = {
        "asked": state["text"],
        "request": KNOWN,
        "assertions": ["assert twofold(3) == 6"],
        "nearest": [],
    }
    outcome = await write_code(state, await coder_hop(world))
    assert outcome.update["code"] == "def twofold(x):\n    return 2 * x"


@pytest.mark.parametrize(
    "text",
    [
        "twice a number: for 3 it gives '6'",
        "twice a number, double(3) -> '6'",
        "twice a number, e.g. 3 -> 7",
        "twice a number: returns 5 for 3.",
    ],
)
async def test_code_is_never_approved_against_an_example_of_the_request(text: str) -> None:
    world = world_of(0.9, {KNOWN: RIGHT, text: RIGHT})
    hop = await coder_hop(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    verdict = (await review(state, hop)).update["review"]
    assert not verdict["approved"]
    assert "assert double(3) == 6" not in verdict["assertions"]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("twice a number: for 4 it gives 8", "assert double(4) == 8"),
        ("twice a number, e.g. 4 -> 8", "assert double(4) == 8"),
        ("twofold(4) -> 8: twice a number", "assert twofold(4) == 8"),
    ],
)
async def test_examples_of_the_request_are_what_is_checked(text: str, check: str) -> None:
    world = world_of(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    verdict = (await review(state, hop)).update["review"]
    assert verdict["approved"]
    assert verdict["assertions"] == [check]


async def test_parameters_keep_the_names_of_the_request() -> None:
    world = world_of(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
    state = task("twofold(number): twice a number")
    state.update((await write_code(state, hop)).update)
    assert state["code"] == "def twofold(number):\n    return 2 * number"
    assert (await review(state, hop)).update["review"]["approved"]


@pytest.mark.parametrize("call", ["twofold(a, b)", "twofold(text)", "double(x, y=1)"])
async def test_a_function_that_takes_something_else_is_not_approved(call: str) -> None:
    text = f"{call}: twice a number"
    world = world_of(0.9, {KNOWN: RIGHT, text: RIGHT})
    hop = await coder_hop(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    assert not (await review(state, hop)).update["review"]["approved"]


async def test_another_model_may_change_the_call_that_a_request_shows() -> None:
    state = task("rename the parameter of double(n) to x, so that double(2) == 4")
    state["code"] = RIGHT
    assert (await review(state, await coder_hop(world_of(0.9, {})))).update["review"]["approved"]


async def test_what_nothing_checks_is_said() -> None:
    world = world_of(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
    state = task("twice a number, shown like '6.00', below 1000")
    state.update((await write_code(state, hop)).update)
    state["remaining_loops"] = 2
    result = (await review(state, hop)).update["result"]
    assert "Nothing checks what the request says of '6.00', 1000." in result


async def say_that_all_is_well(arguments: Mapping[str, Any]) -> ToolResult:
    """Say nothing about any check."""
    return ToolResult(True, "exit status 0")


async def test_a_run_that_ends_well_is_no_proof() -> None:
    state = task("the same number again: double(3) -> 3")
    world = world_of(0.9, {KNOWN: RIGHT}, say_that_all_is_well)
    draft = await drafted(world, state)
    assert not draft.note["request"]
    state["code"] = RIGHT
    verdict = (await review(state, await coder_hop(world))).update["review"]
    assert not verdict["approved"]
    assert verdict["assertions"] == ["assert double(3) == 3"]


def test_values_that_nothing_uses_are_told() -> None:
    text = "format 90 like '1:30', with ':' and the top 3"
    assert values_beside(text, "return f'{m}:{s}' # 3") == ["90", "'1:30'"]


@pytest.mark.parametrize("piece", ["(", "[1, ", "1 -> ", "'a", "double(", "double(2) -> 4, ", "1 "])
def test_the_longest_request_is_read_too(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece))
    assert len(values_beside(text, "")) <= 2
    assert requested_parameters(text) == []
    assert is_english(text)
