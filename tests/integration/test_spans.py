"""One trace shows a task through every service."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import SERVICES, Mesh


async def test_the_spans_of_a_task_join_over_the_services(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    task = await fresh_mesh.submit("write a function that returns the sum of squares of numbers")
    ended = await fresh_mesh.ended(task.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    for name in reversed(SERVICES):
        assert await fresh_mesh.stop(name) == 0

    spans = read_spans(fresh_mesh)
    [root] = [each for each in spans if each["name"] == "agent.task"]
    assert root["attributes"]["mesh.task_id"] == task.task_id
    assert root["attributes"]["mesh.correlation_id"] == task.correlation_id
    trace = [each for each in spans if each["trace_id"] == root["trace_id"]]
    names = {each["name"] for each in trace}
    assert {
        "agent.route",
        "agent.hop",
        "agent.llm_call",
        "agent.tool_call",
        "agent.retrieve",
        "agent.checkpoint.save",
        "agent.message",
        "mesh.llm.v1.LlmService/Generate",
        "mesh.tool.v1.ToolService/CallTool",
        "mesh.knowledge.v1.KnowledgeService/Query",
    } <= names
    by_id = {each["span_id"]: each for each in trace}
    assert_calls_tell_their_figures(trace, by_id)
    for each in trace:
        if each["name"] == "mesh.llm.v1.LlmService/Generate":
            assert by_id[each["parent_span_id"]]["name"] == "agent.llm_call"
        if each["name"] == "agent.hop":
            assert each["attributes"]["mesh.attempt"] == 1
            assert each["attributes"]["mesh.role"] in ("researcher", "coder", "reviewer")
            assert "mesh.remaining_loops" in each["attributes"]
    [route] = [each for each in trace if each["name"] == "agent.route"]
    assert route["attributes"]["mesh.workflow"] == "code"
    assert 0 < route["attributes"]["mesh.router.confidence"] <= 1


# What a generation's span says in the agent as in the LLM service.
FIGURES = (
    "gen_ai.operation.name",
    "gen_ai.request.max_tokens",
    "gen_ai.output.type",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "mesh.llm.queue_seconds",
    "mesh.llm.time_to_first_token_seconds",
    "mesh.llm.batch_occupancy",
)


def assert_calls_tell_their_figures(
    trace: list[dict[str, Any]], by_id: dict[str, dict[str, Any]]
) -> None:
    """The span of each generation and its caller's hold the same figures."""
    served = [each for each in trace if each["name"] == "mesh.llm.v1.LlmService/Generate"]
    assert served
    for each in served:
        there, here = each["attributes"], by_id[each["parent_span_id"]]["attributes"]
        assert {name: here[name] for name in FIGURES} == {name: there[name] for name in FIGURES}
        assert here["gen_ai.usage.input_tokens"] > 0 and here["gen_ai.usage.output_tokens"] > 0
        assert there["gen_ai.request.model"] == here["gen_ai.response.model"]
        assert there["gen_ai.provider.name"] == "llama_cpp"
        assert 0 <= here["mesh.llm.queue_seconds"] <= here["mesh.llm.time_to_first_token_seconds"]


def read_spans(mesh: Mesh) -> list[dict[str, Any]]:
    """Return the spans of the local store."""
    path = mesh.home / "spans.db"
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as store:
        store.row_factory = sqlite3.Row
        rows = store.execute("SELECT * FROM spans ORDER BY start_ns").fetchall()
    return [{**dict(row), "attributes": json.loads(row["attributes"])} for row in rows]
