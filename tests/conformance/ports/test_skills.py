"""What `core.ports.Skills` and `core.ports.Skill` promise, held by each skill of the agent."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from agent_service.skills.choice import ChosenSkills
from core.errors import (
    DeadlineExceeded,
    LimitExceeded,
    MeshError,
    PromptTooLong,
    Unavailable,
    WrongState,
)
from core.hops import Hop
from core.ports import CitedAnswer, Draft, NoCall, Skill, ToolCall
from core.state import ReviewRecord, TaskState, source_of
from shared.bundled_model import Rewording
from tests.hops import BUNDLED, INSTRUCT, hop_in
from tests.unit.agent_service.skills.scripted import (
    CODE,
    KNOWN,
    WRITE_FILE,
    Scripted,
    passage,
    task,
)

STYLES = {"bundled": BUNDLED, "instruct": INSTRUCT}
NEAR = Rewording(KNOWN, "double", ("assert double(3) == 6",), 0.9)
PORT = passage("The agent listens on port 7400.")
FAILED = ReviewRecord(approved=False, output="AssertionError: double(2) == 4", assertions=[])
WANTED = task("double a number", code=CODE, passages=[PORT])
REFUSED = task("double a number", code=CODE, passages=[PORT], review=FAILED)
ASKED = task("which port does the agent listen on?", workflow="answer", passages=[PORT])
DONE = {"tool": "write_file", "arguments": {}, "ok": True, "output": "done", "data": {}}
ORDERED = task("write hi to a.txt", workflow="tool", tool_result=DONE)
Asks = Callable[[Skill, Hop], Awaitable[Any]]
METHODS: dict[str, tuple[type, Asks]] = {
    "draft": (Draft, lambda skill, hop: skill.draft(WANTED, hop)),
    "revise": (Draft, lambda skill, hop: skill.revise(REFUSED, hop)),
    "assertions": (list, lambda skill, hop: skill.assertions(WANTED, hop)),
    "objection": (str, lambda skill, hop: skill.objection(WANTED, hop)),
    "next_step": (
        ToolCall,
        lambda skill, hop: skill.next_step(ORDERED, [WRITE_FILE], hop, may_call=True),
    ),
    "answer": (CitedAnswer, lambda skill, hop: skill.answer(ASKED, hop)),
    "report": (str, lambda skill, hop: skill.report(ORDERED, "write_file()", "done", hop)),
    "talk": (str, lambda skill, hop: skill.talk(task("hello", workflow="direct"), hop)),
}
"""What returns what, and how it is asked for."""

ASKS_NOBODY = {("bundled", "objection"), ("bundled", "report")}
STATES: list[TaskState] = [WANTED, REFUSED, ASKED, ORDERED, task("", code="def f(:")]


@pytest.fixture(params=STYLES)
def world(request: pytest.FixtureRequest) -> Scripted:
    """A model of the kind that each skill is for."""
    return Scripted(answer_style=STYLES[request.param], known=[NEAR])


@pytest.fixture
async def skill(world: Scripted) -> Skill:
    """The skill for the model."""
    return await skills_of(world).for_loaded_model()


def skills_of(world: Scripted) -> ChosenSkills:
    return ChosenSkills(world.model, finder=world.model)


async def test_a_skill_is_found_again_by_its_name(world: Scripted, skill: Skill) -> None:
    skills = skills_of(world)
    assert skills.named(skill.name).name == skill.name
    assert skill.name in STYLES
    with pytest.raises(WrongState):
        skills.named(f"{skill.name} of another version")


async def test_the_loaded_model_is_asked_what_it_is(world: Scripted) -> None:
    world.model.away = True
    with pytest.raises(Unavailable):
        await skills_of(world).for_loaded_model()
    assert await skills_of(world).not_understood("write a function that adds") == ""


@pytest.mark.parametrize("method", METHODS)
async def test_what_is_asked_for_is_returned(world: Scripted, skill: Skill, method: str) -> None:
    kind, asks = METHODS[method]
    assert isinstance(await asks(skill, await hop_in(world, "coder")), kind)
    assert bool(world.calls.ids) is ((skill.name, method) not in ASKS_NOBODY)


@pytest.mark.parametrize("method", METHODS)
async def test_calls_are_of_the_hop_and_the_same_after_a_crash(
    world: Scripted, skill: Skill, method: str
) -> None:
    """The fakes refuse another request under the id of an earlier call."""
    _, asks = METHODS[method]
    first = await asks(skill, await hop_in(world, "coder", attempt=1))
    made = list(world.calls.ids)
    assert all(call_id.startswith("t:2:") for call_id in made)
    assert len(made) == len(set(made))
    assert await asks(skill, await hop_in(world, "coder", attempt=2)) == first
    assert set(world.calls.ids) == set(made)


def raises_if_it_asks(
    skill: Skill, method: str, error: type[MeshError]
) -> AbstractContextManager[Any]:
    """Expect the error of a model that is asked; a method that asks nobody goes on without it."""
    return nullcontext() if (skill.name, method) in ASKS_NOBODY else pytest.raises(error)


@pytest.mark.parametrize("error", [Unavailable, LimitExceeded, DeadlineExceeded])
@pytest.mark.parametrize("method", METHODS)
async def test_what_a_model_raises_goes_through(
    world: Scripted, skill: Skill, method: str, error: type[MeshError]
) -> None:
    def fail(call_id: str) -> None:
        raise error("as the test says")

    world.calls.before = fail
    with raises_if_it_asks(skill, method, error):
        await METHODS[method][1](skill, await hop_in(world, "coder"))


@pytest.mark.parametrize("method", METHODS)
async def test_a_prompt_that_does_not_fit_is_refused(
    world: Scripted, skill: Skill, method: str
) -> None:
    world.model.context_tokens = 4
    with raises_if_it_asks(skill, method, PromptTooLong):
        await METHODS[method][1](skill, await hop_in(world, "coder"))


async def test_a_note_is_json_and_known_again(world: Scripted, skill: Skill) -> None:
    draft = await skill.draft(WANTED, await hop_in(world, "coder"))
    assert json.loads(json.dumps(dict(draft.note))) == draft.note
    noted = TaskState(**{**WANTED, "note": json.loads(json.dumps(dict(draft.note)))})
    hop = await hop_in(world, "reviewer")
    assert all(isinstance(line, str) for line in await skill.assertions(noted, hop))
    assert skill.refusal(noted, ["assert double(2) == 4"]) == ""


@pytest.mark.parametrize("cut", [False, True])
async def test_a_draft_that_was_cut_short_says_so(world: Scripted, skill: Skill, cut: bool) -> None:
    world.model.cut_short = cut
    assert (await skill.draft(WANTED, await hop_in(world, "coder"))).cut_short is cut


async def test_an_answer_rests_on_passages_of_the_state(world: Scripted, skill: Skill) -> None:
    world.says = PORT["text"]
    answer = await skill.answer(ASKED, await hop_in(world, "responder"))
    assert PORT["text"] in answer.text
    assert answer.sources == [source_of(PORT)]


async def test_a_call_is_of_a_tool_that_there_is(world: Scripted, skill: Skill) -> None:
    hop = await hop_in(world, "operator")
    chosen = await skill.next_step(ORDERED, [WRITE_FILE], hop, may_call=True)
    assert isinstance(chosen, ToolCall)
    assert chosen.tool == WRITE_FILE.name
    assert set(chosen.arguments) == {"path", "content"}


async def test_a_choice_that_was_cut_short_is_a_reason(world: Scripted, skill: Skill) -> None:
    world.model.cut_short = True
    hop = await hop_in(world, "operator")
    assert isinstance(await skill.next_step(ORDERED, [WRITE_FILE], hop, may_call=True), NoCall)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state["text"] or "nothing")
async def test_what_asks_no_model_answers_at_once(
    world: Scripted, skill: Skill, state: TaskState
) -> None:
    world.model.away = True
    for assertions in ([], ["assert double(2) == 4"]):
        assert isinstance(skill.refusal(state, assertions), str)
        understood = skill.understanding(state, assertions)
        assert understood == "" or understood.endswith("\n")
    assert isinstance(skill.not_understood(state["text"]), str)
    assert world.calls.ids == []
