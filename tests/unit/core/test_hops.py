"""The frame around a role: the start is durable first, with the skill that the hop keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Unavailable
from core.hop_frame import hop_node
from core.hops import Hop, HopOutcome, Outgoing
from core.messages import MessageType
from core.roles.router import ROUTER, router_of
from core.state import ReviewRecord, TaskState, initial_state
from core.workflows import BUILT_IN
from core.workflows.spec import WorkflowSpec
from shared.testing import FakeModel, FakeServices
from tests.hops import BUNDLED, INSTRUCT, services_of

SKILLED = [role.name for role in BUILT_IN.roles if role.skilled]
UNSKILLED = [ROUTER, *(role.name for role in BUILT_IN.roles if not role.skilled)]


def roles_of(workflow: WorkflowSpec) -> list[str]:
    """Return the names of all that act in a task of it."""
    return [ROUTER, *(role.name for role in workflow.roles)]


def world_of(answer_style: str = INSTRUCT, *, away: bool = False) -> FakeServices:
    """Return services whose model may be away."""
    return FakeServices(model=FakeModel(answer_style=answer_style, away=away))


async def hop_of(world: FakeServices, role: str) -> Hop:
    """Return the hop that a role gets to act in."""
    seen: list[Hop] = []

    async def act(state: TaskState, hop: Hop) -> HopOutcome:
        seen.append(hop)
        return HopOutcome(TaskState(), Outgoing(MessageType.RESULT, {}))

    state = initial_state(
        task_id="t", correlation_id="c", text="hello", requested_workflow="", max_review_cycles=2
    )
    state["workflow"] = next(each.name for each in BUILT_IN if role in roles_of(each))
    state["review"] = ReviewRecord(approved=True, output="", assertions=[])
    spec = BUILT_IN.role(role) or router_of(BUILT_IN)
    await hop_node(replace(spec, act=act), BUILT_IN, services_of(world))(state)
    [hop] = seen
    return hop


@pytest.mark.parametrize("role", SKILLED)
@pytest.mark.parametrize(("style", "name"), [(BUNDLED, "bundled"), (INSTRUCT, "instruct")])
async def test_a_hop_begins_with_the_skill_for_the_loaded_model(
    role: str, style: str, name: str
) -> None:
    world = world_of(style)
    hop = await hop_of(world, role)
    assert (hop.attempt, hop.skill.name) == (1, name)
    assert world.journal.started == [(role, name)]


@pytest.mark.parametrize("role", SKILLED)
async def test_a_hop_that_goes_on_keeps_the_skill_of_its_first_start(role: str) -> None:
    world = world_of(INSTRUCT)
    await world.journal.start_hop("t", 0, role, 2, "bundled")
    hop = await hop_of(world, role)
    assert (hop.attempt, hop.skill.name) == (2, "bundled")


@pytest.mark.parametrize("role", SKILLED)
async def test_a_hop_does_not_begin_while_nobody_knows_the_model(role: str) -> None:
    world = world_of(away=True)
    with pytest.raises(Unavailable):
        await hop_of(world, role)
    assert world.journal.started == []


@pytest.mark.parametrize("role", UNSKILLED)
async def test_other_roles_need_no_model(role: str) -> None:
    world = world_of(away=True)
    assert (await hop_of(world, role)).begun_with is None
    assert world.journal.started == [(role, "")]
