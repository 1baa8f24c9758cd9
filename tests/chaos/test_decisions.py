"""Agent and LLM service die between a choice and its effect; the model then chooses otherwise."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.chaos.fickle_server import FickleServer, fickle_server
from tests.integration.mesh import Mesh

CUTS = ("agent.decide.after_commit", "client.call_tool.after_call")
"""The choice is durable and nothing was done yet; it was done, and nobody was told."""
CODE = "def double(x):\n    return 2 * x"


def answer(number: int, request: dict[str, Any]) -> str:
    """Another file, another text and another assertion with every request."""
    schema = json.dumps(request.get("response_format", ""))
    if '"answer"' in schema.replace("\\", ""):  # there was a call
        return json.dumps({"thought": "", "answer": f"answer {number}"})
    if "write_file" in schema:
        arguments = {"path": f"notes-{number}.txt", "content": f"text {number}"}
        return json.dumps({"thought": "", "tool": "write_file", "arguments": arguments})
    if "assertions" in schema:
        return json.dumps({"assertions": [f"assert double({number}) == {2 * number}"]})
    if "approve" in schema:
        return json.dumps({"approve": True, "comment": ""})
    return f"```python\n{CODE}\n```"


async def killed_and_back(mesh: Mesh, server: FickleServer) -> None:
    """Wait for the agent's death, kill the LLM service too, and start both anew."""
    assert await mesh.exited("agent") == -9
    mesh.kill("llm")
    mesh.spawn("llm", **server.settings)
    await mesh.healthy("llm")  # else the agent spends an attempt on finding that it is away
    await mesh.start("agent")


async def started(mesh: Mesh, server: FickleServer, cut: str) -> None:
    """Start the mesh, its agent to be killed at ``cut``."""
    mesh.spawn("llm", **server.settings)
    mesh.spawn("tool")
    mesh.spawn("chroma")
    mesh.spawn("agent", f"{cut}:kill")
    await asyncio.gather(*(mesh.healthy(name) for name in ("llm", "tool", "chroma", "agent")))


@pytest.mark.parametrize("cut", CUTS)
async def test_the_effect_is_the_one_that_was_chosen_first(fresh_mesh: Mesh, cut: str) -> None:
    with fickle_server(answer) as server:
        await started(fresh_mesh, server, cut)
        task = await fresh_mesh.submit("write a note", "tool")
        await killed_and_back(fresh_mesh, server)
        ended = await fresh_mesh.ended(task.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED, ended.failure_message
    written = sorted((fresh_mesh.home / "workspace").glob("notes-*"))
    assert [path.name for path in written] == ["notes-1.txt"]
    assert written[0].read_text(encoding="utf-8") == "text 1"
    assert [(hop.index, hop.attempt) for hop in ended.hops] == [
        *[(0, 1), (1, 2), (2, 1)],
        (3, 1),
    ]


async def test_a_review_checks_what_it_checked_before(fresh_mesh: Mesh) -> None:
    with fickle_server(answer) as server:
        await started(fresh_mesh, server, "client.call_tool.after_call")
        task = await fresh_mesh.submit("write a function that doubles a number", "code")
        await killed_and_back(fresh_mesh, server)
        ended = await fresh_mesh.ended(task.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED, ended.failure_message
    assert ended.approved
    formats = [json.dumps(each.get("response_format", "")) for each in server.asked]
    proposed = [number for number, each in enumerate(formats, 1) if "assertions" in each]
    [number] = proposed
    assert f"assert double({number}) == {2 * number}" in ended.result
