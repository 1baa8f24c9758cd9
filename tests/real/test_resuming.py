"""A kill in the middle of a real generation: the task goes on, and says what it would have said."""

from __future__ import annotations

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.real.conftest import RealMesh

pytestmark = pytest.mark.real

REQUEST = "Explain in three sentences why the sky is blue."


async def begun(mesh: RealMesh) -> str:
    """Return a task whose answer is half written."""
    async with mesh.agent() as agent:
        request = pb.SubmitTaskRequest(text=REQUEST, workflow="direct")
        task = await agent.submit(request)
        async for response in agent.watch(task.task_id):
            if response.HasField("generated") and response.generated.from_character > 20:
                return task.task_id
    raise AssertionError("the task ended before it was seen to write")


async def test_a_killed_service_changes_nothing_in_the_text(own_mesh: RealMesh) -> None:
    undisturbed = await own_mesh.ended((await own_mesh.submit(REQUEST, "direct")).task_id)
    assert len(undisturbed.result) > 60

    task_id = await begun(own_mesh)
    own_mesh.kill("agent")
    await own_mesh.start("agent")
    by_agent = await own_mesh.ended(task_id)

    task_id = await begun(own_mesh)
    own_mesh.kill("llm")
    await own_mesh.start_model()
    by_model = await own_mesh.ended(task_id)

    task_id = await begun(own_mesh)
    own_mesh.kill("llm")
    own_mesh.kill("agent")
    await own_mesh.start_model()
    await own_mesh.start("agent")
    by_both = await own_mesh.ended(task_id)

    for ended in (by_agent, by_model, by_both):
        assert ended.status == pb.TASK_STATUS_COMPLETED
        assert ended.result == undisturbed.result
    assert by_agent.hops[-1].attempt == 2
    assert by_both.hops[-1].attempt == 2
    for ended in (by_agent, by_model, by_both):
        events = await own_mesh.events(ended.task_id)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
