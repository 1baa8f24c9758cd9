"""A request is understood by the known requests that are near it, or it is said that none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from benchmarks.instant_services import InstantServices, success
from core.config import WorkflowConfig
from core.hops import Hop
from core.meaning import draft_code
from core.messages import Role
from core.ports import (
    CallContext,
    ChatMessage,
    Generation,
    GenerationSettings,
    Rewording,
    ToolResult,
)
from core.roles.coder import write_code
from core.roles.reviewer import review
from core.services import WorkflowServices
from core.state import MeaningRecord, ReviewRecord, TaskState, initial_state

KNOWN = "write a function called double that doubles a number"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x"


@dataclass
class World(InstantServices):
    """A model that knows one request, and a sandbox that really runs what it is given."""

    score: float
    answers: Mapping[str, str]
    asked: list[str] = field(default_factory=list)

    async def generate(
        self, messages: Sequence[ChatMessage], settings: GenerationSettings, context: CallContext
    ) -> Generation:
        self.asked.append(messages[-1].content)
        return Generation(self.answers.get(messages[-1].content, WRONG), "stop", 1, 1)

    async def reword(self, text: str, limit: int, context: CallContext) -> list[Rewording]:
        return [Rewording(KNOWN, "double", ("assert double(3) == 6",), self.score)]

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        try:
            exec("\n".join([arguments["code"], *arguments["checks"]]), {})
        except AssertionError as error:
            return ToolResult(False, str(error))
        return success(arguments)


def hop_in(world: World) -> Hop:
    services = WorkflowServices(
        model=world,
        knowledge=world,
        tools=world,
        router=world,
        health=world,
        journal=world,
        clock=world,  # type: ignore[arg-type]
        config=WorkflowConfig(),
    )
    return Hop("task", "correlation", 2, Role.CODER, 1, 2, services)


def task(text: str) -> TaskState:
    return initial_state(
        task_id="task", correlation_id="c", text=text, requested_route="", max_review_cycles=2
    )


async def test_a_near_request_is_asked_instead() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    draft = await draft_code(task("twice a number"), hop_in(world), GenerationSettings())
    assert draft.code == RIGHT
    assert draft.meaning is not None
    assert draft.meaning["request"] == KNOWN
    assert world.asked == [KNOWN]


async def test_a_plausible_request_counts_only_if_the_first_answer_agrees() -> None:
    agrees = World(0.3, {"twice a number": RIGHT.replace("double", "twice")})
    draft = await draft_code(task("twice a number"), hop_in(agrees), GenerationSettings())
    assert draft.meaning is not None
    assert draft.meaning["assertions"] == ["assert twice(3) == 6"]
    differs = World(0.3, {"twice a number": WRONG})
    draft = await draft_code(task("twice a number"), hop_in(differs), GenerationSettings())
    assert draft.meaning is not None
    assert not draft.meaning["request"]


async def test_examples_in_the_request_decide_over_what_is_near() -> None:
    text = "the same number again: double(3) -> 3"
    world = World(0.9, {KNOWN: RIGHT})
    draft = await draft_code(task(text), hop_in(world), GenerationSettings())
    assert draft.code == WRONG


async def test_what_is_like_nothing_known_is_not_approved_and_says_so() -> None:
    state = task("the meaning of life")
    hop = hop_in(World(0.01, {}))
    draft = await draft_code(state, hop, GenerationSettings())
    assert draft.meaning is not None
    outcome = await review(
        TaskState(**state, code=draft.code, meaning=draft.meaning),  # type: ignore[misc]
        hop,
    )
    verdict = outcome.update["review"]
    assert not verdict["approved"]
    assert "like none that the model knows" in verdict["output"]
    assert KNOWN in verdict["output"]


async def test_what_is_written_gets_the_name_that_the_person_wants() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    text = "a function called twofold: twice a number"
    draft = await draft_code(task(text), hop_in(world), GenerationSettings())
    assert draft.code == "def twofold(x):\n    return 2 * x"
    assert draft.meaning is not None
    assert draft.meaning["assertions"] == ["assert twofold(3) == 6"]


async def test_a_revision_asks_under_the_known_name_and_answers_under_the_wanted_one() -> None:
    world = World(0.9, {"The code failed:\nAssertionError: double(3) == 6": RIGHT})
    state = task("a function called twofold: twice a number")
    state["code"] = "def twofold(x):\n    return x"
    state["review"] = ReviewRecord(
        approved=False, output="AssertionError: twofold(3) == 6", assertions=[]
    )
    state["meaning"] = MeaningRecord(
        asked=state["text"], request=KNOWN, assertions=["assert twofold(3) == 6"], nearest=[]
    )
    outcome = await write_code(state, hop_in(world))
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
    world = World(0.9, {KNOWN: RIGHT, text: RIGHT})
    hop = hop_in(world)
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
    world = World(0.9, {KNOWN: RIGHT})
    hop = hop_in(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    verdict = (await review(state, hop)).update["review"]
    assert verdict["approved"]
    assert verdict["assertions"] == [check]


async def test_parameters_keep_the_names_of_the_request() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    hop = hop_in(world)
    state = task("twofold(number): twice a number")
    state.update((await write_code(state, hop)).update)
    assert state["code"] == "def twofold(number):\n    return 2 * number"
    assert (await review(state, hop)).update["review"]["approved"]


@pytest.mark.parametrize("call", ["twofold(a, b)", "twofold(text)", "double(x, y=1)"])
async def test_a_function_that_takes_something_else_is_not_approved(call: str) -> None:
    text = f"{call}: twice a number"
    world = World(0.9, {KNOWN: RIGHT, text: RIGHT})
    hop = hop_in(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    assert not (await review(state, hop)).update["review"]["approved"]


async def test_another_model_may_change_the_call_that_a_request_shows() -> None:
    state = task("rename the parameter of double(n) to x, so that double(2) == 4")
    state["code"] = RIGHT
    assert (await review(state, hop_in(World(0.9, {})))).update["review"]["approved"]


async def test_what_nothing_checks_is_said() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    hop = hop_in(world)
    state = task("twice a number, shown like '6.00', below 1000")
    state.update((await write_code(state, hop)).update)
    state["remaining_loops"] = 2
    result = (await review(state, hop)).update["result"]
    assert "Nothing checks what the request says of '6.00', 1000." in result


@dataclass
class Unreceipted(World):
    """A tool that says that all is well, and nothing about any check."""

    async def call(
        self, name: str, arguments: Mapping[str, Any], context: CallContext
    ) -> ToolResult:
        return ToolResult(True, "exit status 0")


async def test_a_run_that_ends_well_is_no_proof() -> None:
    state = task("the same number again: double(3) -> 3")
    world = Unreceipted(0.9, {KNOWN: RIGHT})
    draft = await draft_code(state, hop_in(world), GenerationSettings())
    assert draft.meaning is not None
    assert not draft.meaning["request"]
    state["code"] = RIGHT
    verdict = (await review(state, hop_in(world))).update["review"]
    assert not verdict["approved"]
    assert verdict["assertions"] == ["assert double(3) == 3"]
