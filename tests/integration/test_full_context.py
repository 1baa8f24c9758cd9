"""Documents that fill the model's context, on a whole mesh: no task fails of them."""

from __future__ import annotations

from shared.clients import LlmClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from tests.integration.mesh import Mesh
from tests.odd_texts import ODD_TEXTS

QUESTION = "which port does the agent listen on?"


async def test_documents_of_all_kinds_leave_every_question_answered(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    await fresh_mesh.ingest("ports.md", "# Ports\n\nThe agent listens on port 7400.\n")
    for name in ("150 rows of measurements", "Russian", "Chinese", "base64", "minified JSON"):
        await fresh_mesh.ingest(f"{name}.txt", f"the agent: {ODD_TEXTS[name]}")
    answer = await _ended(fresh_mesh, QUESTION, "answer")
    assert "The agent listens on port 7400." in answer.result
    [event] = [
        each
        for each in await fresh_mesh.events(answer.task_id)
        if each.type == pb.EVENT_TYPE_HOP_COMPLETED and each.role == "responder"
    ]
    [left_out] = event.left_out
    assert left_out.kind == "passage"
    assert left_out.shown <= left_out.total
    assert left_out.shown < left_out.total or left_out.in_part
    code = await _ended(fresh_mesh, "write a function that adds two numbers", "code")
    assert code.approved
    async with fresh_mesh.channel("llm") as channel:
        answered = await LlmServiceStub(channel).CountTokens(_counted(ODD_TEXTS["Russian"]))
        assert answered.tokens[0] > answered.context_tokens > 0
        assert not answered.estimated
        assert "context" in (await LlmClient(channel).describe()).larger_context


async def test_a_request_over_the_context_fails_and_says_what_to_do(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    for route in ("direct", "code"):
        task = await fresh_mesh.submit(ODD_TEXTS["plain words"] * 3, route)
        ended = await fresh_mesh.ended(task.task_id)
        assert ended.status == pb.TASK_STATUS_FAILED
        assert ended.failure_reason == "PROMPT_TOO_LONG"
        assert "shorten the request, or take a model with" in ended.failure_message


async def _ended(mesh: Mesh, text: str, route: str) -> pb.Task:
    ended = await mesh.ended((await mesh.submit(text, route)).task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED, ended
    return ended


def _counted(text: str) -> llm.CountTokensRequest:
    message = llm.ChatMessage(role=llm.CHAT_ROLE_USER, content=text)
    return llm.CountTokensRequest(prompts=[llm.CountedPrompt(messages=[message])])
