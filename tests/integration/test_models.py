"""Another model in the place of the bundled one."""

from __future__ import annotations

from pathlib import Path

from llm_service.config import BUNDLED_MODEL
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from tests.integration.mesh import Mesh


async def test_a_model_that_is_not_extractive_may_speak_and_is_asked_for_opinions(
    fresh_mesh: Mesh, tmp_path: Path
) -> None:
    """The same weights, only that they no longer say that they may but quote."""
    content = BUNDLED_MODEL.read_bytes()
    assert content.count(b"extractive") == 1
    free = tmp_path / "free.gguf"
    free.write_bytes(content.replace(b"extractive", b"generative"))
    fresh_mesh.spawn("llm", LLM_MODEL_PATH=str(free), LLM_CONTEXT="1024", LLM_THREADS="2")
    await fresh_mesh.healthy("llm")
    await fresh_mesh.start("agent", "tool", "chroma")
    async with fresh_mesh.channel("llm") as channel:
        model = await LlmServiceStub(channel).GetModel(llm.GetModelRequest())
    assert model.answer_style == "generative"
    assert model.context_tokens == 1024
    assert model.threads == 2
    assert model.size_bytes == len(content)

    await fresh_mesh.ingest("ports.md", "# Ports\n\nThe agent listens on port 7400.\n")
    answer = await fresh_mesh.submit("which port does the agent listen on?", "answer")
    ended = await fresh_mesh.ended(answer.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert ended.result
    assert [source.source for source in ended.sources] == ["ports.md"]

    code = await fresh_mesh.submit("write a function that returns the sum of a list", "code")
    ended = await fresh_mesh.ended(code.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert ended.HasField("approved")
    reviews = [hop for hop in ended.hops if hop.role == "reviewer"]
    assert len(reviews) <= 2
