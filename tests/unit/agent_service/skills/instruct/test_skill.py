"""The skill for any instruct model: what it asks, and what it takes from the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_service.skills.instruct.skill import InstructSkill, cited_passages
from agent_service.skills.prompts import NO_ANSWER
from core.fitting import LeftOut
from core.hops import Hop
from core.ports import CitedAnswer, Draft, NoCall, ToolCall
from core.roles.responder import respond
from core.roles.reviewer import review
from core.state import ReviewRecord, source_of
from tests.hops import INSTRUCT, hop_in
from tests.unit.agent_service.skills.scripted import CODE, WRITE_FILE, Scripted, passage, task

FENCED = f"Here it is:\n```python\n{CODE}\n```\nEnjoy!"
PORT = passage("The agent listens on port 7400.")
ROUTER = passage("The router decides.", "b.md", 9)
FAILED = ReviewRecord(
    approved=False, output="line 1\nAssertionError: double(2) == 4", assertions=[]
)


def model(**more: Any) -> Scripted:
    return Scripted(answer_style=INSTRUCT, **more)


async def hop_of(world: Scripted, role: str = "coder") -> Hop:
    hop = await hop_in(world, role)
    assert isinstance(hop.skill, InstructSkill)
    return hop


async def test_every_language_is_understood() -> None:
    assert (await hop_of(model())).skill.not_understood("今何時ですか") == ""


@pytest.mark.parametrize("cut", [False, True])
async def test_a_draft_is_one_answer_to_the_request_as_it_stands(cut: bool) -> None:
    world = model(says=FENCED, cut_short=cut)
    hop = await hop_of(world)
    draft = await hop.skill.draft(task("double(n), for numbers", passages=[PORT]), hop)
    assert draft == Draft(CODE, cut)
    [asked] = world.asked
    wanted = "double(n), for numbers\n\nAnswer with Python code, in one code block."
    assert asked["messages"][-1] == ["user", wanted]
    assert PORT["text"] in asked["messages"][0][1]
    assert asked["temperature"] == 0.0
    assert world.called == []


async def test_revisions_show_the_whole_failure_and_sample_each_by_itself() -> None:
    world = model(says=CODE)
    hop = await hop_of(world)
    draft = await hop.skill.revise(task("double", code="def f(): pass", review=FAILED), hop)
    assert draft == Draft(CODE, False)
    assert len(world.asked) == 3
    for asked in world.asked:
        assert [role for role, _ in asked["messages"]] == ["user", "assistant", "user"]
        assert asked["messages"][1][1] == "```python\ndef f(): pass\n```"
        assert asked["messages"][2][1].startswith(f"The code failed:\n{FAILED['output']}\n")
        assert asked["temperature"] == 0.7
    seeds = {asked["seed"] for asked in world.asked}
    assert seeds == {100 * hop.index + number for number in range(3)}


async def test_a_note_of_another_skill_says_nothing() -> None:
    note = {"asked": "double", "request": "other words", "assertions": ["assert f() == 1"]}
    world = model(says='{"assertions": ["assert double(1) == 2"]}')
    hop = await hop_of(world)
    state = task("double", code=CODE, note=note)
    assert await hop.skill.assertions(state, hop) == ["assert double(1) == 2"]
    assert hop.skill.refusal(state, []) == ""
    assert hop.skill.understanding(state, []) == ""


@pytest.mark.parametrize("says", ["[]", '{"assertions": 3', "null"])
async def test_assertions_that_are_none_are_no_assertions(says: str) -> None:
    hop = await hop_of(model(says=says, strays=True))
    assert await hop.skill.assertions(task("double", code=CODE), hop) == []


OPINIONS = [
    ('{"approve": true, "comment": "good"}', ""),
    ('{"approve": false, "comment": "it adds"}', "it adds"),
    ('{"approve": false, "comment": ""}', "it does not say why"),
    ("no JSON", ""),
]


@pytest.mark.parametrize(("says", "objection"), OPINIONS)
async def test_an_objection_is_the_models(says: str, objection: str) -> None:
    hop = await hop_of(model(says=says, strays=True), "reviewer")
    assert await hop.skill.objection(task("double", code=CODE), hop) == objection


async def test_whoever_sees_a_part_has_no_opinion() -> None:
    world = model(says='{"approve": false, "comment": "no"}')
    hop = await hop_of(world, "reviewer")
    code = CODE + "\n" + "# more\n" * 2_000
    assert await hop.skill.objection(task("double", code=code), hop) == ""
    assert world.asked == []


@pytest.mark.parametrize(("says", "objection"), OPINIONS)
async def test_a_review_is_approved_unless_the_model_objects(says: str, objection: str) -> None:
    proposed = '{"assertions": ["assert double(2) == 4", "assert True"]}'
    world = model(by_position={"assertions": proposed, "opinion": says}, strays=True)
    hop = await hop_of(world, "reviewer")
    update = (await review(task("double", code=CODE), hop)).update
    assert update["review"]["approved"] is (not objection)
    assert update["review"]["assertions"] == ["assert double(2) == 4"]
    assert world.positions == ["assertions", "opinion"]
    assert update["review"]["output"] == (f"the reviewer objects: {objection}" * bool(objection))
    if not objection:
        assert update["result"] == (
            "The code passed its review. Checked with:\nassert double(2) == 4"
        )


async def test_a_call_is_the_models_own() -> None:
    arguments = {"path": "b.txt", "content": "a summary"}
    call = {"thought": "I write it.", "tool": "write_file", "arguments": arguments}
    world = model(says=json.dumps(call))
    hop = await hop_of(world, "operator")
    chosen = await hop.skill.next_step(task("sum it up in b.txt"), [WRITE_FILE], hop, may_call=True)
    assert chosen == ToolCall("write_file", arguments, "I write it.")
    assert "anyOf" in json.loads(world.asked[0]["json_schema"])


@pytest.mark.parametrize("says", ["no JSON", "[1]", '{"thought": "I'])
async def test_what_is_no_step_is_told(says: str) -> None:
    hop = await hop_of(model(says=says, strays=True), "operator")
    chosen = await hop.skill.next_step(task("do it"), [WRITE_FILE], hop, may_call=True)
    assert chosen == NoCall("the model's next step was cut short")


@pytest.mark.parametrize(
    ("says", "cited"),
    [
        ("The router decides [2].", [ROUTER]),
        ("See [2] and [1], and [7].", [ROUTER, PORT]),
        ("The router does.", [PORT, ROUTER]),
        (NO_ANSWER, []),
    ],
)
async def test_an_answer_cites_what_it_names_or_all_that_it_was_shown(
    says: str, cited: list[Any]
) -> None:
    world = model(says=f" {says}\n")
    hop = await hop_of(world, "responder")
    state = task("Who decides?", workflow="answer", passages=[PORT, ROUTER])
    expected = CitedAnswer(says, [source_of(each) for each in cited])
    assert await hop.skill.answer(state, hop) == expected
    update = (await respond(state, hop)).update
    assert (update["result"], update["sources"]) == (expected.text, expected.sources)


async def test_a_question_follows_others_that_were_answered_or_declined() -> None:
    world = model(says="The router [2].")
    hop = await hop_of(world, "responder")
    await hop.skill.answer(
        task("Who decides?", passages=[PORT, {**ROUTER, "headings": "Routing"}]), hop
    )
    [asked] = world.asked
    roles = [role for role, _ in asked["messages"]]
    assert roles == ["system", *["user", "assistant"] * (len(roles) // 2 - 1), "user"]
    shown = [text for role, text in asked["messages"] if role == "assistant"]
    assert 0 < shown.count(NO_ANSWER) < len(shown)
    assert asked["messages"][-1][1] == (
        "Passages:\n[1] a: The agent listens on port 7400.\n"
        "[2] b > Routing: The router decides.\n\n"
        "Question: Who decides?"
    )


async def test_sources_are_of_what_was_shown() -> None:
    long = passage("far too long " * 1_000, "c.md")
    world = model(says="It does.")
    hop = await hop_of(world, "responder")
    answer = await hop.skill.answer(task("Who?", passages=[PORT, long]), hop)
    assert [each["source"] for each in answer.sources] == ["a.md", "c.md"]
    assert answer.sources[1]["end_line"] == 3
    assert hop.left_out == [LeftOut("passage", total=2, shown=2, in_part=1)]


async def test_a_report_is_what_the_model_says_of_the_output() -> None:
    world = model(says="It is 4 o'clock.")
    hop = await hop_of(world, "responder")
    result = {"tool": "clock", "arguments": {}, "ok": True, "output": "16:00", "data": {}}
    state = task("what time is it", workflow="tool", tool_result=result)
    assert (await respond(state, hop)).update["result"] == "It is 4 o'clock."
    said = world.asked[0]["messages"][-1][1]
    assert said == "Request: what time is it\nTool: clock\nOutput:\n16:00"


async def test_talk_is_what_the_model_says() -> None:
    world = model(says=" Bonjour ! ")
    hop = await hop_of(world, "responder")
    assert await hop.skill.talk(task("Bonjour, comment ça va ?"), hop) == "Bonjour !"


def test_citations_are_counted_once_and_in_range() -> None:
    assert cited_passages("So [2] and [1], see [2] and [7].", 2) == [1, 0]
