"""A request is understood by the known requests that are near it, or it is said that none is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_service.skills.bundled.drafting import draft_code
from agent_service.skills.bundled.language import is_english
from agent_service.skills.bundled.meaning import values_beside
from agent_service.skills.bundled.requested_signature import requested_parameters
from benchmarks.instant_services import InstantServices, success
from core.hops import Hop
from core.ports import (
    CallContext,
    ChatMessage,
    Draft,
    Generation,
    GenerationSettings,
    ToolResult,
)
from core.roles.coder import write_code
from core.roles.reviewer import review
from core.state import ReviewRecord, TaskState, initial_state
from shared.bundled_model import Rewording
from tests.hops import hop_in

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


async def coder_hop(world: World) -> Hop:
    return await hop_in(world, "coder")


async def drafted(world: World, state: TaskState) -> Draft:
    return await draft_code(world, state, await coder_hop(world), GenerationSettings())


def task(text: str) -> TaskState:
    return initial_state(
        task_id="task", correlation_id="c", text=text, requested_workflow="", max_review_cycles=2
    )


async def test_a_near_request_is_asked_instead() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    draft = await drafted(world, task("twice a number"))
    assert draft.code == RIGHT
    assert draft.note["request"] == KNOWN
    assert world.asked == [KNOWN]


async def test_a_plausible_request_counts_only_if_the_first_answer_agrees() -> None:
    agrees = World(0.3, {"twice a number": RIGHT.replace("double", "twice")})
    draft = await drafted(agrees, task("twice a number"))
    assert draft.note["assertions"] == ["assert twice(3) == 6"]
    differs = World(0.3, {"twice a number": WRONG})
    draft = await drafted(differs, task("twice a number"))
    assert not draft.note["request"]


async def test_examples_in_the_request_decide_over_what_is_near() -> None:
    text = "the same number again: double(3) -> 3"
    world = World(0.9, {KNOWN: RIGHT})
    draft = await drafted(world, task(text))
    assert draft.code == WRONG


async def test_what_is_like_nothing_known_is_not_approved_and_says_so() -> None:
    state = task("the meaning of life")
    hop = await coder_hop(World(0.01, {}))
    draft = await draft_code(World(0.01, {}), state, hop, GenerationSettings())
    outcome = await review(
        TaskState(**state, code=draft.code, note=draft.note),  # type: ignore[misc]
        hop,
    )
    verdict = outcome.update["review"]
    assert not verdict["approved"]
    assert "like none that the model knows" in verdict["output"]
    assert KNOWN in verdict["output"]


async def test_what_is_written_gets_the_name_that_the_person_wants() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    text = "a function called twofold: twice a number"
    draft = await drafted(world, task(text))
    assert draft.code == "def twofold(x):\n    return 2 * x"
    assert draft.note["assertions"] == ["assert twofold(3) == 6"]


async def test_a_revision_asks_under_the_known_name_and_answers_under_the_wanted_one() -> None:
    world = World(0.9, {"The code failed:\nAssertionError: double(3) == 6": RIGHT})
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
    world = World(0.9, {KNOWN: RIGHT, text: RIGHT})
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
    world = World(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    verdict = (await review(state, hop)).update["review"]
    assert verdict["approved"]
    assert verdict["assertions"] == [check]


async def test_parameters_keep_the_names_of_the_request() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
    state = task("twofold(number): twice a number")
    state.update((await write_code(state, hop)).update)
    assert state["code"] == "def twofold(number):\n    return 2 * number"
    assert (await review(state, hop)).update["review"]["approved"]


@pytest.mark.parametrize("call", ["twofold(a, b)", "twofold(text)", "double(x, y=1)"])
async def test_a_function_that_takes_something_else_is_not_approved(call: str) -> None:
    text = f"{call}: twice a number"
    world = World(0.9, {KNOWN: RIGHT, text: RIGHT})
    hop = await coder_hop(world)
    state = task(text)
    state.update((await write_code(state, hop)).update)
    assert not (await review(state, hop)).update["review"]["approved"]


async def test_another_model_may_change_the_call_that_a_request_shows() -> None:
    state = task("rename the parameter of double(n) to x, so that double(2) == 4")
    state["code"] = RIGHT
    assert (await review(state, await coder_hop(World(0.9, {})))).update["review"]["approved"]


async def test_what_nothing_checks_is_said() -> None:
    world = World(0.9, {KNOWN: RIGHT})
    hop = await coder_hop(world)
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
