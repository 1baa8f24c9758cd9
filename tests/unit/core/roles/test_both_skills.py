"""What the roles do with a model that may only quote, and leave alone with any other."""

from __future__ import annotations

import pytest

from agent_service.skills.bundled.small_talk import DECLINE, OTHER_LANGUAGE
from agent_service.skills.prompts import NO_ANSWER
from core.roles.responder import respond
from core.roles.router import router_of
from core.state import PassageRecord, TaskState, initial_state
from core.workflows import BUILT_IN
from shared.testing import FakeModel, FakeServices
from tests.hops import BUNDLED, INSTRUCT, hop_in

ROUTER = router_of(BUILT_IN)
SCRAPS = "return c for c in text.split())"


def _scribbler(answer_style: str = BUNDLED) -> FakeServices:
    """Return services whose model writes scraps."""
    return FakeServices(model=FakeModel(says=lambda asked: SCRAPS, answer_style=answer_style))


def _task(text: str, requested: str = "") -> TaskState:
    return initial_state(
        task_id="t",
        correlation_id="t",
        text=text,
        requested_workflow=requested,
        max_review_cycles=2,
    )


@pytest.mark.parametrize("requested", ["", "code", "answer", "tool", "direct"])
@pytest.mark.parametrize(
    "text",
    ["Bonjour, comment ça va ?", "schreib eine Funktion, die Zahlen addiert", "今何時ですか"],
)
async def test_another_language_is_declined_in_one_sentence_on_every_route(
    text: str, requested: str
) -> None:
    services = _scribbler()
    state = _task(text, requested)
    state.update((await ROUTER.act(state, await hop_in(services, "router"))).update)
    assert state["workflow"] == "direct"
    assert "language" in state["route_reason"]
    state.update((await respond(state, await hop_in(services, "responder"))).update)
    assert state["result"] == OTHER_LANGUAGE
    assert services.model.asked == []


async def test_a_model_that_knows_languages_gets_the_request_where_it_belongs() -> None:
    services = _scribbler(INSTRUCT)
    state = _task("Bonjour, comment ça va ?", "answer")
    state.update((await ROUTER.act(state, await hop_in(services, "router"))).update)
    assert state["workflow"] == "answer"
    state["workflow"] = "direct"
    assert (await respond(state, await hop_in(services, "responder"))).update["result"] == SCRAPS


async def test_scraps_are_no_small_talk() -> None:
    state = _task("what is the weather like?")
    state["workflow"] = "direct"
    outcome = await respond(state, await hop_in(_scribbler(), "responder"))
    assert outcome.update["result"] == DECLINE


@pytest.mark.parametrize("style", [BUNDLED, INSTRUCT])
async def test_a_quote_is_about_the_thing_that_the_question_names(style: str) -> None:
    state = _task("Which Python versions does aiosqlite support?")
    state["workflow"] = "answer"
    text = "Supervisor supports these Python versions: 2.7 and 3.4 or later."
    state["passages"] = [
        PassageRecord(source="supervisor.md", start_line=1, end_line=1, text=text, score=0.7)
    ]
    result = (await respond(state, await hop_in(_scribbler(style), "responder"))).update["result"]
    assert result == (NO_ANSWER if style == BUNDLED else SCRAPS)
    state["text"] = "Which Python versions does supervisor support?"
    result = (await respond(state, await hop_in(_scribbler(style), "responder"))).update["result"]
    assert result == (f"“{text}” (supervisor.md:1-1)" if style == BUNDLED else SCRAPS)
