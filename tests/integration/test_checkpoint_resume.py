"""Kill any process in any kind of hop: the task goes on from there, nothing is done twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from dataclasses import dataclass

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import ASK, CODE, DOCUMENT, RUN, Mesh


@dataclass(frozen=True)
class Cut:
    """Where a task is cut: the role whose hop it is, and what holds the hop open there."""

    role: str
    text: str
    failpoints: dict[str, str]


IN_EACH_HOP = {
    "route": Cut("router", CODE, {"agent": "agent.in_hop.router:sleep=60"}),
    "retrieval": Cut("researcher", ASK, {"chroma": "chroma.before_query:sleep=3"}),
    "model call": Cut("coder", CODE, {"llm": "llm.before_generate:sleep=3"}),
    "tool call, before its effect": Cut("operator", RUN, {"tool": "tool.after_intent:sleep=3"}),
    "tool call, after its effect": Cut("operator", RUN, {"tool": "tool.after_effect:sleep=3"}),
    "review": Cut("reviewer", CODE, {"tool": "tool.after_intent:sleep=3"}),
    "answer": Cut("responder", ASK, {"agent": "agent.in_hop.responder:sleep=60"}),
}

KILLED_SERVICES = {
    "llm, before it generates": ("llm", Cut("coder", CODE, {"llm": "llm.before_generate:kill"})),
    "llm, while it generates": ("llm", Cut("coder", CODE, {"llm": "llm.during_generate:kill"})),
    "tool, before the effect": ("tool", Cut("operator", RUN, {"tool": "tool.after_intent:kill"})),
    "tool, after the effect": ("tool", Cut("operator", RUN, {"tool": "tool.after_effect:kill"})),
    "tool, in a review": ("tool", Cut("reviewer", CODE, {"tool": "tool.after_effect:kill"})),
    "chroma": ("chroma", Cut("researcher", ASK, {"chroma": "chroma.before_query:kill"})),
}


@pytest.mark.parametrize("cut", IN_EACH_HOP.values(), ids=IN_EACH_HOP)
async def test_the_agent_killed_in_a_hop_goes_on_from_it(fresh_mesh: Mesh, cut: Cut) -> None:
    await fresh_mesh.start(failpoints=cut.failpoints)
    await fresh_mesh.ingest("ports.md", DOCUMENT)
    task = await fresh_mesh.submit(cut.text)
    await fresh_mesh.hop_started(task.task_id, cut.role)
    await asyncio.sleep(0.5)  # the hop's own call is under way and held there
    fresh_mesh.kill("agent")

    await fresh_mesh.start("agent")
    ended = await fresh_mesh.ended(task.task_id)

    await check_end(fresh_mesh, ended, cut)
    events = await fresh_mesh.events(task.task_id)
    [recovered] = [each for each in events if each.type == pb.EVENT_TYPE_RECOVERED]
    assert role_of(ended, recovered.hop_index) == cut.role


@pytest.mark.parametrize(("name", "cut"), KILLED_SERVICES.values(), ids=KILLED_SERVICES)
async def test_a_service_killed_in_a_call_is_waited_for(
    fresh_mesh: Mesh, name: str, cut: Cut
) -> None:
    await fresh_mesh.start(failpoints=cut.failpoints)
    await fresh_mesh.ingest("ports.md", DOCUMENT)
    task = await fresh_mesh.submit(cut.text)
    assert await fresh_mesh.exited(name) == -9
    await asyncio.sleep(1)  # long enough for the agent to have found nobody there

    await fresh_mesh.start(name)
    ended = await fresh_mesh.ended(task.task_id)

    await check_end(fresh_mesh, ended, cut)
    events = await fresh_mesh.events(task.task_id)
    assert [e.type for e in events].count(pb.EVENT_TYPE_WAITING) == 1


async def check_end(mesh: Mesh, task: pb.Task, cut: Cut) -> None:
    """The task is whole: every hop once, the cut one as attempt 2, events without a gap."""
    assert task.status == pb.TASK_STATUS_COMPLETED, task
    attempts = {hop.role: hop for hop in task.hops}
    assert attempts[cut.role].attempt == 2
    assert all(hop.attempt == 1 for role, hop in attempts.items() if role != cut.role)

    events = await mesh.events(task.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    completed = Counter(e.hop_index for e in events if e.type == pb.EVENT_TYPE_HOP_COMPLETED)
    assert completed == Counter(range(len(task.hops)))
    started = Counter(e.hop_index for e in events if e.type == pb.EVENT_TYPE_HOP_STARTED)
    assert started == Counter(range(len(task.hops))) + Counter({attempts[cut.role].index: 1})
    assert [e.type for e in events].count(pb.EVENT_TYPE_COMPLETED) == 1

    check_result(mesh, task, cut)


def check_result(mesh: Mesh, task: pb.Task, cut: Cut) -> None:
    """The task did what was asked, and its tool calls happened once."""
    if cut.text == CODE:
        assert task.approved
        namespace: dict[str, object] = {}
        exec(task.code, namespace)
        [function] = [value for key, value in namespace.items() if not key.startswith("__")]
        assert callable(function)
        assert function([1, 2, 3, 4]) == 20
    elif cut.text == ASK:
        assert "7400" in task.result
        assert [source.source for source in task.sources] == ["ports.md"]
    else:
        assert "42" in task.result
        assert calls_of(mesh, task.task_id) == [f"{task.task_id}:1:call"]
    assert calls_of(mesh, task.task_id, only_cut=True) == []


def role_of(task: pb.Task, hop_index: int) -> str:
    """Return the role of a hop."""
    [role] = [hop.role for hop in task.hops if hop.index == hop_index]
    return role


def calls_of(mesh: Mesh, task_id: str, *, only_cut: bool = False) -> list[str]:
    """Return the task's calls in the ledger; or those with an intent and without a receipt."""
    path = mesh.home / "tool" / "ledger.db"
    query = "SELECT call_id FROM calls WHERE call_id LIKE ?"
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as ledger:
        rows = ledger.execute(
            query + (" AND result IS NULL" if only_cut else ""), (f"{task_id}:%",)
        ).fetchall()
    return [row[0] for row in rows]
