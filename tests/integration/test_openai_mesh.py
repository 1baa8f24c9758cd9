"""The whole mesh with its model behind an OpenAI-compatible server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from tests.integration.mesh import Mesh
from tests.integration.openai_server import CONTEXT_TOKENS, KEY, MODEL, running_server


async def test_tasks_wait_for_the_server_and_end_when_it_is_back(
    fresh_mesh: Mesh, tmp_path: Path
) -> None:
    """One server ends; a task that comes then waits, and completes with the next on its port."""
    key_file = tmp_path / "key"
    key_file.write_text(KEY, encoding="utf-8")
    with running_server(tmp_path) as server:
        fresh_mesh.spawn(
            "llm",
            LLM_BACKEND="openai",
            OPENAI_BASE_URL=f"http://127.0.0.1:{server.port}/v1",
            OPENAI_MODEL=MODEL,
            OPENAI_API_KEY_FILE=str(key_file),
            OPENAI_JSON_MODE="json_object",
            LLM_CONTEXT=str(CONTEXT_TOKENS),
            LLM_SLOTS="1",
        )
        await fresh_mesh.healthy("llm")
        await fresh_mesh.start("agent", "tool", "chroma")
        async with fresh_mesh.channel("llm") as channel:
            model = await LlmServiceStub(channel).GetModel(llm.GetModelRequest())
        assert (model.name, model.answer_style) == (MODEL, "")
        ended = await fresh_mesh.ended(await _submit(fresh_mesh, "hello"))
        assert ended.status == pb.TASK_STATUS_COMPLETED
        assert ended.result.startswith("Hello")
    waiting = await _submit(fresh_mesh, "who are you?")
    await _waits(fresh_mesh, waiting)
    with running_server(tmp_path, port=server.port):
        ended = await fresh_mesh.ended(waiting)
        assert ended.status == pb.TASK_STATUS_COMPLETED
        assert ended.result


async def test_what_keeps_the_service_from_starting_is_one_line(
    fresh_mesh: Mesh, tmp_path: Path
) -> None:
    assert "OPENAI_BASE_URL=''" in await _refused(fresh_mesh, 78)
    with running_server(tmp_path) as server:
        address = f"http://127.0.0.1:{server.port}/v1"
        said = await _refused(fresh_mesh, 78, OPENAI_BASE_URL=address, OPENAI_API_KEY="wrong-key")
        assert "Invalid API key" in said
        assert "wrong-key" not in fresh_mesh.said("llm")
    assert "failed" in await _refused(fresh_mesh, 1, OPENAI_BASE_URL=address)


async def _refused(mesh: Mesh, status: int, **environment: str) -> str:
    mesh.spawn("llm", LLM_BACKEND="openai", **environment)
    assert await mesh.exited("llm") == status
    assert "Traceback" not in mesh.said("llm")
    return mesh.said("llm").strip().splitlines()[-1]


async def _submit(mesh: Mesh, text: str) -> str:
    return (await mesh.submit(text, "direct")).task_id


async def _waits(mesh: Mesh, task_id: str) -> None:
    async with asyncio.timeout(60), mesh.agent() as agent:
        async for response in agent.watch(task_id):
            if response.event.type == pb.EVENT_TYPE_WAITING:
                return
