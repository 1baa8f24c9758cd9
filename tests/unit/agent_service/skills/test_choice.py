"""One place chooses the skill, by what the model says of itself."""

from __future__ import annotations

import pytest

from agent_service.skills.choice import ChosenSkills
from core.errors import Unavailable, WrongState
from core.workflows import BUILT_IN
from tests.hops import BUNDLED, INSTRUCT, hop_in

from .scripted import Scripted

FRENCH = "Bonjour, comment ça va ?"


def skills_of(world: Scripted) -> ChosenSkills:
    return ChosenSkills(world.model, finder=world.model)


@pytest.mark.parametrize(
    ("style", "name"), [(BUNDLED, "bundled"), (INSTRUCT, "instruct"), ("of its own", "instruct")]
)
async def test_a_model_gets_the_skill_for_how_it_answers(style: str, name: str) -> None:
    skills = skills_of(Scripted(answer_style=style))
    assert (await skills.for_loaded_model()).name == name
    assert (await skills.for_loaded_model()) is skills.named(name)


async def test_a_model_that_is_changed_gets_another_skill() -> None:
    world = Scripted(answer_style=BUNDLED)
    skills = skills_of(world)
    assert (await skills.for_loaded_model()).name == "bundled"
    world.model.answer_style = INSTRUCT
    assert (await skills.for_loaded_model()).name == "instruct"


def test_a_skill_that_is_not_there_is_told() -> None:
    with pytest.raises(WrongState, match=r"'x', which this version .* it has bundled, instruct"):
        skills_of(Scripted()).named("x")


@pytest.mark.parametrize(("style", "declines"), [(BUNDLED, True), (INSTRUCT, False)])
async def test_what_is_not_understood_depends_on_the_model(style: str, declines: bool) -> None:
    skills = skills_of(Scripted(answer_style=style))
    assert bool(await skills.not_understood(FRENCH)) is declines
    assert await skills.not_understood("write a function that adds") == ""


async def test_what_every_skill_understands_needs_no_model() -> None:
    world = Scripted()
    world.model.away = True
    skills = skills_of(world)
    assert await skills.not_understood("write a function that adds") == ""
    with pytest.raises(Unavailable):
        await skills.not_understood(FRENCH)


@pytest.mark.parametrize("role", ["router", *(role.name for role in BUILT_IN.roles)])
async def test_the_roles_that_ask_the_model_have_a_skill_and_the_others_none(role: str) -> None:
    hop = await hop_in(Scripted(), role)
    spec = BUILT_IN.role(role)
    if spec and spec.skilled:
        assert hop.skill.name == "bundled"
    else:
        with pytest.raises(LookupError, match=role):
            _ = hop.skill
