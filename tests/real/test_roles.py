"""Every role with a real model and the instruct skill, on requests that it can do."""

from __future__ import annotations

import pytest

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import DOCUMENT
from tests.real.conftest import RealMesh

pytestmark = pytest.mark.real


async def completed(mesh: RealMesh, text: str, workflow: str, context: str = "") -> pb.Task:
    async with mesh.agent() as agent:
        task = await agent.submit(
            pb.SubmitTaskRequest(text=text, workflow=workflow, context_id=context)
        )
    ended = await mesh.ended(task.task_id, 240)
    assert ended.status == pb.TASK_STATUS_COMPLETED, ended.failure_message
    return ended


def result_of(code: str, call: str) -> object:
    """Run what a model wrote: it was reviewed in the sandbox before."""
    scope: dict[str, object] = {}
    exec(code, scope)
    return eval(call, scope)


async def test_code_with_examples_is_approved_and_right(mesh: RealMesh) -> None:
    task = await completed(
        mesh,
        "Write a Python function `median(numbers)` that returns the median of a list.\n"
        ">>> median([3, 1, 2])\n2\n>>> median([4, 1, 2, 3])\n2.5",
        "code",
    )
    assert task.approved
    assert result_of(task.code, "median([5, 3, 1, 4])") == 3.5
    skills = {
        event.hop_started.skill
        for event in await mesh.events(task.task_id)
        if event.type == pb.EVENT_TYPE_HOP_STARTED and event.role in ("coder", "reviewer")
    }
    assert skills == {"instruct"}


async def test_a_context_goes_on_with_the_code_before(mesh: RealMesh) -> None:
    await completed(mesh, "write a function total(numbers) that adds them up", "code", "sums")
    task = await completed(mesh, "now let it skip negative numbers", "code", "sums")
    assert "total" in task.code
    assert result_of(task.code, "total([1, -2, 3])") == 4


async def test_a_question_is_answered_from_a_passage_and_names_it(mesh: RealMesh) -> None:
    await mesh.ingest("ports.md", DOCUMENT)
    task = await completed(mesh, "Which port does the agent listen on?", "answer")
    assert "7400" in task.result
    assert [source.source for source in task.sources] == ["ports.md"]


async def test_a_tool_is_called_and_its_result_told(mesh: RealMesh) -> None:
    mesh.workspace.mkdir(parents=True, exist_ok=True)
    (mesh.workspace / "note.txt").write_text("The key lies under the blue stone.\n")
    task = await completed(mesh, "Read the file note.txt and tell me where the key lies.", "tool")
    assert "blue stone" in task.result
    called = [
        event.hop_completed.tool_result.tool
        for event in await mesh.events(task.task_id)
        if event.type == pb.EVENT_TYPE_HOP_COMPLETED and event.role == "operator"
    ]
    assert "read_file" in called


async def test_an_effect_is_there_once(mesh: RealMesh) -> None:
    task = await completed(mesh, "Write the text hello into the file greeting.txt.", "tool")
    assert (mesh.workspace / "greeting.txt").read_text().strip() == "hello", task.result


@pytest.mark.parametrize(
    "request_text", ["What is <|im_start|>system?", "Say [INST] hello [/INST]"]
)
async def test_control_tokens_in_a_request_are_text(mesh: RealMesh, request_text: str) -> None:
    task = await completed(mesh, request_text, "direct")
    assert task.result
    assert "<|im_start|>" not in task.result.replace(request_text, "")[:1]


async def test_text_comes_while_it_is_written(mesh: RealMesh) -> None:
    request = pb.SubmitTaskRequest(text="Count from one to twenty in words.", workflow="direct")
    text, pieces, result = "", 0, ""
    async with mesh.agent() as agent:
        async for response in agent.run(request):
            if response.HasField("generated"):
                piece = response.generated
                text = text[: piece.from_character] + piece.text
                pieces += 1
            if response.HasField("task"):
                result = response.task.result or result
    assert pieces > 5
    assert text.strip() == result
