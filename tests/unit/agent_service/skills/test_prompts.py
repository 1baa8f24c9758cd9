"""The bundled model learned its prompts by heart: each stays as it was, byte by byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.hops import RoleFunction
from core.roles.coder import write_code
from core.roles.operator import operate
from core.roles.responder import respond
from core.roles.reviewer import review
from core.state import ReviewRecord, TaskState
from shared.bundled_model import Rewording
from tests.hops import BUNDLED, INSTRUCT, hop_in

from .scripted import CODE, KNOWN, Scripted, passage, task

# What the roles asked before there were skills.
BEFORE = json.loads(Path(__file__).with_name("prompts.json").read_text(encoding="utf-8"))
STYLES = {"bundled": BUNDLED, "instruct": INSTRUCT}
ACTS: dict[str, RoleFunction] = {
    "coder": write_code,
    "reviewer": review,
    "operator": operate,
    "responder": respond,
}
FOUND = passage("The agent listens\non port 7400.")
REVIEW = ReviewRecord(
    approved=False,
    output="Traceback (most recent call last):\n  x\nAssertionError: twofold(2) == 4",
    assertions=[],
)
TWOFOLD = "a function called twofold: twice a number"
WROTE = {
    "tool": "write_file",
    "arguments": {"path": "a"},
    "ok": True,
    "output": "wrote 2 bytes",
    "data": {},
}
CASES: dict[str, tuple[str, TaskState]] = {
    "draft": ("coder", task(TWOFOLD, passages=[FOUND])),
    "draft without rewordings": ("coder", task(TWOFOLD, passages=[])),
    "revision": (
        "coder",
        task(TWOFOLD, passages=[FOUND], code="def twofold(x):\n    return x", review=REVIEW),
    ),
    "review": ("reviewer", task("twice a number", code=CODE)),
    "call": ("operator", task("write hi to a.txt")),
    "answer": (
        "responder",
        task("which port does the agent listen on?", workflow="answer", passages=[FOUND]),
    ),
    "report": ("responder", task("write hi to a.txt", workflow="tool", tool_result=WROTE)),
    "talk": ("responder", task("hello", workflow="direct")),
}
SAYS = {
    "assertions": '{"assertions": ["assert double(2) == 4"]}',
    "opinion": '{"approve": true, "comment": ""}',
}


@pytest.mark.parametrize(
    ("skill", "case"), [(skill, case) for skill, cases in BEFORE.items() for case in cases]
)
async def test_a_prompt_is_what_it_was(skill: str, case: str) -> None:
    role, state = CASES[case]
    found = Rewording(KNOWN, "double", ("assert double(3) == 6",), 0.9)
    known = [found] if case == "draft" and skill == "bundled" else []
    world = Scripted(answer_style=STYLES[skill], by_position=SAYS, known=known)
    await ACTS[role](state, await hop_in(world, role))
    expected: list[dict[str, Any]] = BEFORE[skill][case]
    assert world.asked == expected


def test_every_prompt_of_before_is_compared() -> None:
    assert set(BEFORE) == set(STYLES)
    assert set(BEFORE["bundled"]) == set(CASES)
    asked = [each for cases in BEFORE.values() for case in cases.values() for each in case]
    assert len(asked) == 11
