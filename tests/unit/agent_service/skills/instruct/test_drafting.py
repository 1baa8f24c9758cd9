"""Drafts of an instruct model: the request's examples choose among them."""

from __future__ import annotations

from typing import Any

import pytest

from agent_service.skills.instruct.given_code import with_given_code
from core.state import ReviewRecord
from tests.hops import INSTRUCT, hop_in
from tests.unit.agent_service.skills.scripted import CODE, Scripted, run_here, task

ASKED = "Write a Python function `double(x)`. For example double(2) -> 4."
WRONG = "def double(x):\n    return x"


def model(says: str, **more: Any) -> Scripted:
    """Return a model beside a tool that really runs what it writes."""
    return Scripted(answer_style=INSTRUCT, checks=run_here, says=says, **more)


async def test_a_first_draft_that_the_examples_let_pass_is_the_only_one() -> None:
    world = model(says=CODE)
    hop = await hop_in(world, "coder")
    assert (await hop.skill.draft(task(ASKED), hop)).code == CODE
    assert world.positions == ["draft-0"]
    assert [arguments["checks"] for _, arguments in world.called] == [["assert double(2) == 4"]]


async def test_of_more_drafts_the_first_that_passes_is_taken() -> None:
    world = model(says=WRONG, by_position={"more-2": CODE, "more-4": f"{CODE}  # later"})
    hop = await hop_in(world, "coder")
    assert (await hop.skill.draft(task(ASKED), hop)).code == CODE
    assert world.positions[0] == "draft-0"
    assert sorted(world.positions[1:]) == [f"more-{n}" for n in range(6)]
    sampled = {(each["temperature"], each["seed"]) for each in world.asked[1:]}
    assert len(sampled) == 6
    assert {temperature for temperature, _ in sampled} == {0.8}


async def test_where_none_passes_the_first_goes_to_its_review() -> None:
    world = model(says=WRONG)
    hop = await hop_in(world, "coder")
    assert (await hop.skill.draft(task(ASKED), hop)).code == WRONG
    assert len(world.called) == 7


async def test_a_revision_that_passes_is_taken_too() -> None:
    world = model(says=WRONG, by_position={"revision-1": CODE})
    hop = await hop_in(world, "coder")
    review = ReviewRecord(approved=False, output="AssertionError", assertions=[])
    draft = await hop.skill.revise(task(ASKED, code=WRONG, review=review), hop)
    assert draft.code == CODE


async def test_without_examples_nothing_is_run() -> None:
    world = model(says=WRONG)
    hop = await hop_in(world, "coder")
    assert (await hop.skill.draft(task("a python function that doubles"), hop)).code == WRONG
    assert (world.positions, world.called) == (["draft-0"], [])


@pytest.mark.parametrize("text", [ASKED, "a python function that doubles"])
async def test_an_answer_without_code_lets_no_example_pass(text: str) -> None:
    world = model(says="I cannot do that.", by_position={"more-3": CODE})
    hop = await hop_in(world, "coder")
    assert (await hop.skill.draft(task(text), hop)).code == CODE


async def test_an_attempt_that_goes_on_keeps_the_drafts_of_the_one_that_was_cut() -> None:
    """The checks have been made under ids of the hop: they must be of the same code."""
    world = model(says=WRONG, by_position={"more-0": CODE})
    await _draft(world)
    before = list(world.called)
    world.says, world.by_position = f"{WRONG}  # other", {}
    world.model.forget()
    await _draft(world)
    assert world.called == before


async def _draft(world: Scripted) -> None:
    hop = await hop_in(world, "coder")
    await hop.skill.draft(task(ASKED), hop)


async def test_where_examples_decided_no_opinion_is_asked() -> None:
    world = model(says='{"approve": false, "comment": "no"}')
    hop = await hop_in(world, "reviewer")
    assert await hop.skill.objection(task(ASKED, code=CODE), hop) == ""
    assert world.asked == []


GIVEN = """Complete it:
```python
import math
from typing import List

LIMIT = 3

def helper(x):
    return math.floor(x) + LIMIT

def unused(x):
    return x

def wanted(xs: List[float]) -> List[int]:
    \"\"\"Help each.\"\"\"
```"""


@pytest.mark.parametrize(
    ("code", "before"),
    [
        (
            "def wanted(xs: List[float]):\n    return [helper(x) for x in xs]",
            ["import math", "from typing import List", "LIMIT = 3", "def helper(x):"],
        ),
        ("def wanted(xs):\n    return [math.floor(x) for x in xs]", ["import math"]),
        ("def wanted(xs):\n    return xs", []),
        ("import math\ndef wanted(xs):\n    return math.inf", []),
        ("def helper(x):\n    return 1\n\ndef wanted(xs):\n    return helper(xs)", []),
        ("def wanted(xs:\n    return helper(xs)", []),
    ],
)
def test_an_answer_gets_what_it_uses_of_the_request(code: str, before: list[str]) -> None:
    whole = with_given_code(GIVEN, code)
    assert whole.endswith(code)
    added = whole.removesuffix(code).splitlines()
    assert [line for line in added if line and not line.startswith(" ")] == before


def test_a_request_without_code_gives_nothing() -> None:
    assert with_given_code("use math.floor", "def f(x): return math.floor(x)") == (
        "def f(x): return math.floor(x)"
    )
