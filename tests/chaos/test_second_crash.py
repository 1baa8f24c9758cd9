"""A second crash where the first one is dealt with: what was recovered or answered stays so."""

from __future__ import annotations

import asyncio

import pytest

from core.ports import EffectAnswer
from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.chaos.chaos_mesh import ChaosMesh
from tests.chaos.checker import check
from tests.chaos.workload import JOBS, WITNESS

RUNNING = 4


@pytest.mark.parametrize(
    "failpoint", ["agent.take_ownership.after_commit", "agent.recover.after_commit"]
)
async def test_a_crash_in_recovery(mesh: ChaosMesh, failpoint: str) -> None:
    before = len(mesh.deaths)
    mesh.freeze("llm")  # every task waits in its hop
    submitted = [await mesh.submitted(job) for job in JOBS]
    async with asyncio.timeout(20):
        while sum(task.status == "running" for task in mesh.evidence.tasks().values()) < RUNNING:
            await asyncio.sleep(0.02)
    mesh.arm(failpoint)
    mesh.kill("agent")
    await mesh.passed(failpoint)
    mesh.thaw("llm")
    await mesh.settled()

    assert [each.name for each in mesh.deaths[before:]] == ["agent", "agent"]
    report = check(mesh.evidence, submitted)
    assert report.clean, report
    assert report.completed == len(submitted)
    tasks = mesh.evidence.tasks()
    for each in submitted:
        recovered = [event for event in tasks[each.task_id].events if event.type == "recovered"]
        assert len(recovered) == 1


async def test_a_call_that_is_cut_again_after_its_answer_is_asked_about_again(
    mesh: ChaosMesh,
) -> None:
    """What a person said of the first cut says nothing of the second: the effect is there."""
    questions: list[pb.Question] = []
    mesh.arm("tool.before_effect")
    submitted = await mesh.submitted(WITNESS)
    async with mesh.channel("agent") as channel:
        agent = AgentClient(channel)
        for happened in (False, True):
            await mesh.settled()
            questions.append((await agent.get(submitted.task_id)).question)
            if not happened:
                mesh.arm("tool.after_effect")
            await mesh.serving("tool")
            said = EffectAnswer(happened, "noted" if happened else "")
            await agent.respond(submitted.task_id, said, questions[-1].call_id)
        await mesh.settled()
    assert [each.kind for each in questions] == [pb.ANSWER_KIND_EFFECT] * 2
    assert questions[0].call_id != questions[1].call_id
    report = check(mesh.evidence, [submitted])
    assert report.clean, report
    assert report.completed == 1
