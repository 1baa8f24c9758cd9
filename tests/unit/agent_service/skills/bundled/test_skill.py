"""The bundled model's skill: it asks for what the model was taught, and checks what comes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_service.skills.bundled.skill import BundledSkill
from agent_service.skills.bundled.small_talk import OTHER_LANGUAGE
from agent_service.skills.prompts import NO_ANSWER
from core.hops import Hop
from core.ports import CitedAnswer, Draft, NoCall, ToolCall
from core.roles.responder import respond
from core.roles.reviewer import review
from core.state import ReviewRecord, source_of
from shared.bundled_model import DECLINE, HELLO, Rewording
from tests.hops import hop_in
from tests.unit.agent_service.skills.scripted import (
    CODE,
    KNOWN,
    WRITE_FILE,
    Scripted,
    passage,
    task,
)

TWICE = "twice a number"
DOUBLE = Rewording(KNOWN, "double", ("assert double(3) == 6",), 0.9)
FAR = Rewording(KNOWN, "double", ("assert double(3) == 6",), 0.01)
MEANT = {
    "asked": TWICE,
    "request": KNOWN,
    "assertions": ["assert double(3) == 6"],
    "nearest": [],
}
UNKNOWN = {"asked": TWICE, "request": "", "assertions": [], "nearest": [KNOWN]}
FAILED = ReviewRecord(
    approved=False, output="line 1\nAssertionError: double(3) == 6", assertions=[]
)
PORT = passage("The agent listens on port 7400.")


async def hop_of(world: Scripted, role: str = "coder") -> Hop:
    hop = await hop_in(world, role)
    assert isinstance(hop.skill, BundledSkill)
    return hop


async def test_english_alone_is_understood() -> None:
    skill = (await hop_of(Scripted())).skill
    assert skill.not_understood("write a function that adds") == ""
    assert "no language" in skill.not_understood("今何時ですか")


async def test_a_draft_is_what_the_known_request_asks_for_and_says_so() -> None:
    world = Scripted(known=[DOUBLE])
    hop = await hop_of(world)
    assert await hop.skill.draft(task(TWICE), hop) == Draft(CODE, False, MEANT)
    assert world.asked[0]["messages"][-1] == ["user", KNOWN]


async def test_where_no_request_is_known_there_is_no_note() -> None:
    hop = await hop_of(Scripted())
    assert await hop.skill.draft(task(TWICE, note=MEANT), hop) == Draft(CODE, False, {})


async def test_what_is_unknown_is_noted_with_what_was_nearest() -> None:
    hop = await hop_of(Scripted(known=[FAR]))
    assert await hop.skill.draft(task(TWICE), hop) == Draft(CODE, False, UNKNOWN)


async def test_a_revision_asks_for_what_was_meant_with_the_line_that_failed() -> None:
    world = Scripted(known=[DOUBLE])
    hop = await hop_of(world)
    state = task(TWICE, code="def double(x):\n    return x", review=FAILED, note=MEANT)
    assert await hop.skill.revise(state, hop) == Draft(CODE, False, MEANT)
    [asked] = world.asked
    assert asked["messages"][1][1] == KNOWN
    assert asked["messages"][3][1] == "The code failed:\nAssertionError: double(3) == 6"
    assert (asked["temperature"], asked["seed"]) == (0.7, hop.index)


async def test_a_revision_of_what_was_not_understood_is_another_draft() -> None:
    world = Scripted(known=[DOUBLE])
    hop = await hop_of(world)
    draft = await hop.skill.revise(task(TWICE, code=CODE, review=FAILED, note=UNKNOWN), hop)
    assert draft.note == MEANT
    assert [len(each["messages"]) for each in world.asked] == [2]
    assert world.asked[0]["temperature"] == 0.7


async def test_assertions_are_those_of_what_was_meant() -> None:
    world = Scripted(says='{"assertions": ["assert double(1) == 2"]}')
    hop = await hop_of(world, "reviewer")
    assert await hop.skill.assertions(task(TWICE, code=CODE, note=MEANT), hop) == [
        "assert double(3) == 6"
    ]
    assert world.asked == []
    edited = task("another request", code=CODE, note=MEANT)
    assert await hop.skill.assertions(edited, hop) == ["assert double(1) == 2"]


@pytest.mark.parametrize(
    ("text", "note", "assertions", "says"),
    [
        (TWICE, MEANT, ["assert double(3) == 6"], ""),
        (TWICE, UNKNOWN, ["assert double(3) == 6"], ""),
        (TWICE, UNKNOWN, [], KNOWN),
        (TWICE, {}, [], ""),
        ("double(x, y)", {**MEANT, "asked": "double(x, y)"}, ["assert double(3) == 6"], "(x, y)"),
        ("double(x, y)", {}, [], ""),
    ],
)
async def test_code_is_refused_that_nothing_can_check_or_that_takes_something_else(
    text: str, note: dict[str, Any], assertions: list[str], says: str
) -> None:
    skill = (await hop_of(Scripted(), "reviewer")).skill
    refusal = skill.refusal(task(text, code=CODE, note=note), assertions)
    assert bool(refusal) is bool(says)
    assert says in refusal


async def test_a_review_tells_how_the_request_was_understood_and_asks_no_opinion() -> None:
    world = Scripted()
    hop = await hop_of(world, "reviewer")
    state = task(TWICE, code=CODE, note=MEANT)
    assert await hop.skill.objection(state, hop) == ""
    update = (await review(state, hop)).update
    assert update["approved"]
    assert update["result"] == (
        f"The code passed its review. It was understood as: {KNOWN}.\n"
        "Checked with:\nassert double(3) == 6"
    )
    assert world.asked == []


async def test_nothing_is_said_of_a_request_that_was_taken_as_it_stands() -> None:
    skill = (await hop_of(Scripted(), "reviewer")).skill
    for note in ({}, UNKNOWN):
        assert skill.understanding(task(TWICE, code=CODE, note=note), []) == ""


async def test_a_call_is_chosen_among_those_of_the_request() -> None:
    world = Scripted()
    hop = await hop_of(world, "operator")
    state = task("write hi to a.txt")
    chosen = await hop.skill.next_step(state, [WRITE_FILE], hop, may_call=True)
    assert chosen == ToolCall("write_file", {"path": "a.txt", "content": "hi"}, last=True)
    assert "enum" in json.loads(world.asked[0]["json_schema"])


async def test_where_no_call_explains_the_request_the_words_are_named() -> None:
    world = Scripted()
    hop = await hop_of(world, "operator")
    chosen = await hop.skill.next_step(
        task("write hi to a.txt twice"), [WRITE_FILE], hop, may_call=True
    )
    assert isinstance(chosen, NoCall)
    assert "“twice” was not understood" in chosen.reason
    assert world.asked == []


@pytest.mark.parametrize("says", ["The agent listens on port 7400.", "scraps (("])
async def test_an_answer_is_a_sentence_of_a_passage_whatever_the_model_says(says: str) -> None:
    hop = await hop_of(Scripted(says=says), "responder")
    state = task("which port does the agent listen on?", workflow="answer", passages=[PORT])
    expected = CitedAnswer("“The agent listens on port 7400.” (a.md:3-3)", [source_of(PORT)])
    assert await hop.skill.answer(state, hop) == expected


@pytest.mark.parametrize("question", ["who wrote Faust?", "which port does mesh_ui listen on?"])
async def test_what_passages_do_not_answer_is_told(question: str) -> None:
    hop = await hop_of(Scripted(says="The agent listens on port 7400."), "responder")
    assert await hop.skill.answer(task(question, passages=[PORT]), hop) == CitedAnswer(NO_ANSWER)


async def test_a_report_shows_what_came_out() -> None:
    world = Scripted()
    hop = await hop_of(world, "responder")
    result = {"tool": "add", "arguments": {"a": 1}, "ok": True, "output": "2", "data": {}}
    state = task("1 + 1", workflow="tool", tool_result=result)
    assert (await respond(state, hop)).update["result"] == 'add({"a": 1}) returned:\n2'
    assert world.asked == []


@pytest.mark.parametrize(
    ("text", "says", "answer"),
    [
        ("hello", HELLO, HELLO),
        ("hello", "scraps ((", HELLO),
        ("what is the weather like?", HELLO, DECLINE),
        ("Bonjour, comment ça va ?", HELLO, OTHER_LANGUAGE),
    ],
)
async def test_talk_is_a_learned_sentence(text: str, says: str, answer: str) -> None:
    hop = await hop_of(Scripted(says=says), "responder")
    assert await hop.skill.talk(task(text), hop) == answer
