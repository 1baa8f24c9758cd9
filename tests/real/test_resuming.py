"""A kill in the middle of a real generation: the task goes on, with the text that was seen.

What the LLM service wrote before the agent died is kept, and read again. Where that service died,
the model begins anew: on another state of its cache it may round otherwise, and choose another
word.
"""

from __future__ import annotations

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.real.conftest import RealMesh

pytestmark = pytest.mark.real

REQUEST = "Explain in three sentences why the sky is blue."


async def begun(mesh: RealMesh) -> tuple[str, str]:
    """Return a task whose answer is half written, and what of it was seen."""
    async with mesh.agent() as agent:
        request = pb.SubmitTaskRequest(text=REQUEST, workflow="direct")
        task = await agent.submit(request)
        seen = ""
        async for response in agent.watch(task.task_id):
            if response.HasField("generated"):
                piece = response.generated
                seen = seen[: piece.from_character] + piece.text
                if len(seen) > 30:
                    return task.task_id, seen
    raise AssertionError("the task ended before it was seen to write")


@pytest.mark.parametrize("killed", [("agent",), ("llm",), ("llm", "agent")])
async def test_a_task_whose_services_die_while_it_is_written_ends_whole(
    own_mesh: RealMesh, killed: tuple[str, ...]
) -> None:
    task_id, seen = await begun(own_mesh)
    for name in killed:
        own_mesh.kill(name)
    if "llm" in killed:
        await own_mesh.start_model()
    if "agent" in killed:
        await own_mesh.start("agent")
    ended = await own_mesh.ended(task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert len(ended.result) > 60
    if killed == ("agent",):
        assert ended.result.startswith(seen.strip())
    assert ended.hops[-1].attempt == 2
    events = await own_mesh.events(ended.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
