"""The same file behind an OpenAI-compatible server."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import Mesh
from tests.integration.openai_server import KEY, MODEL, running_server

pytestmark = pytest.mark.real

_CONTEXT = 4096


async def test_tasks_end_rightly_behind_a_server(tmp_path: Path, real_model: Path) -> None:
    mesh = Mesh(tmp_path / "home")
    try:
        with running_server(tmp_path, model=real_model, context_tokens=_CONTEXT) as server:
            mesh.spawn(
                "llm",
                LLM_BACKEND="openai",
                OPENAI_BASE_URL=f"http://127.0.0.1:{server.port}/v1",
                OPENAI_MODEL=MODEL,
                OPENAI_API_KEY=KEY,
                OPENAI_JSON_MODE="json_object",
                LLM_CONTEXT=str(_CONTEXT),
                LLM_SLOTS="1",
            )
            await mesh.healthy("llm")
            await mesh.start("agent", "tool", "chroma")
            text = "Write a function double(x).\n>>> double(4)\n8"
            task = await mesh.ended((await mesh.submit(text, "code")).task_id, 200)
            assert task.status == pb.TASK_STATUS_COMPLETED
            assert task.approved
            assert "def double" in task.code
    finally:
        mesh.stop_all()
