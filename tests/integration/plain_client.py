"""A client made from the protos alone: ``python plain_client.py PORT_BASE TOKEN``.

The test copies it beside freshly generated code and runs it there, in a process of its own; it
prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
import uuid

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from mesh.agent.v1 import agent_service_pb2 as agent
from mesh.agent.v1.agent_service_pb2_grpc import AgentServiceStub
from mesh.knowledge.v1 import knowledge_service_pb2 as knowledge
from mesh.knowledge.v1.knowledge_service_pb2_grpc import KnowledgeServiceStub
from mesh.llm.v1 import llm_service_pb2 as llm
from mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from mesh.registry.v1 import registry_service_pb2 as registry
from mesh.registry.v1.registry_service_pb2_grpc import RegistryServiceStub
from mesh.router.v1 import router_service_pb2 as router
from mesh.router.v1.router_service_pb2_grpc import RouterServiceStub
from mesh.tool.v1 import tool_service_pb2 as tool
from mesh.tool.v1.tool_service_pb2_grpc import ToolServiceStub


def main() -> None:
    """Drive every service once."""
    base, token = int(sys.argv[1]), sys.argv[2]
    metadata = (("authorization", f"Bearer {token}"),)
    found: dict[str, object] = {}
    # Without this gRPC goes to the mesh through the proxy that http_proxy names.
    options = [("grpc.enable_http_proxy", 0)]
    with (
        grpc.insecure_channel(f"127.0.0.1:{base}", options) as agent_channel,
        grpc.insecure_channel(f"127.0.0.1:{base + 1}", options) as llm_channel,
        grpc.insecure_channel(f"127.0.0.1:{base + 2}", options) as tool_channel,
        grpc.insecure_channel(f"127.0.0.1:{base + 3}", options) as chroma_channel,
    ):
        health = health_pb2_grpc.HealthStub(agent_channel)
        answer = health.Check(health_pb2.HealthCheckRequest(service="mesh.agent.v1.AgentService"))
        found["health"] = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
        # The reflection client sends no metadata of its own, so it cannot carry the token.
        found["reflection"] = _reflected(agent_channel, token)
        found["knowledge"] = _ingest(KnowledgeServiceStub(chroma_channel), metadata)
        found["llm"] = _generate(LlmServiceStub(llm_channel), metadata)
        found["tool"] = _call(ToolServiceStub(tool_channel), metadata)
        route = RouterServiceStub(agent_channel).Route(
            router.RouteRequest(text="hello there"), metadata=metadata, timeout=20
        )
        found["route"] = route.decision
        found["task"] = _run(AgentServiceStub(agent_channel), metadata)
        found["services"] = _services(RegistryServiceStub(agent_channel), metadata)
    print(json.dumps(found))


def _reflected(channel: grpc.Channel, token: str) -> list[str]:
    class Token(grpc.StreamStreamClientInterceptor):
        def intercept_stream_stream(self, continuation, details, requests):
            headers = (("authorization", f"Bearer {token}"),)
            return continuation(details._replace(metadata=headers), requests)

    database = ProtoReflectionDescriptorDatabase(grpc.intercept_channel(channel, Token()))
    return sorted(database.get_services())


def _services(stub: RegistryServiceStub, metadata: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the services that announced themselves; each does so every two seconds."""
    deadline = time.monotonic() + 20
    while True:
        answer = stub.ListServices(registry.ListServicesRequest(), metadata=metadata, timeout=20)
        names = sorted(each.name for each in answer.services)
        if len(names) == 4 or time.monotonic() > deadline:
            return names
        time.sleep(0.2)


def _ingest(stub: KnowledgeServiceStub, metadata: tuple[tuple[str, str], ...]) -> list[str]:
    request = knowledge.IngestRequest(source="sea.md", content=b"# Sea\n\nThe sea is deep blue.\n")
    *_, last = stub.Ingest(request, metadata=metadata, timeout=60)
    assert last.ingested.source.source == "sea.md"
    answer = stub.Query(knowledge.QueryRequest(text="colour of the sea"), metadata=metadata)
    return [each.text for each in answer.passages]


def _generate(stub: LlmServiceStub, metadata: tuple[tuple[str, str], ...]) -> dict[str, object]:
    request = llm.GenerateRequest(
        call_id=str(uuid.uuid4()),
        messages=[llm.ChatMessage(role=llm.CHAT_ROLE_USER, content="hello")],
        max_tokens=128,
    )
    responses = list(stub.Generate(request, metadata=metadata, timeout=60))
    embedded = stub.Embed(llm.EmbedRequest(texts=["sea"]), metadata=metadata, timeout=20)
    model = stub.GetModel(llm.GetModelRequest(), metadata=metadata, timeout=20)
    return {
        "text": "".join(each.text for each in responses),
        "finish": llm.FinishReason.Name(responses[-1].finish_reason),
        "dimensions": len(embedded.embeddings[0].values),
        "sha256": model.sha256,
    }


def _call(stub: ToolServiceStub, metadata: tuple[tuple[str, str], ...]) -> dict[str, object]:
    request = tool.CallToolRequest(call_id=str(uuid.uuid4()), name="calculator")
    request.arguments["expression"] = "6 * 7"
    first = stub.CallTool(request, metadata=metadata, timeout=20)
    second = stub.CallTool(request, metadata=metadata, timeout=20)
    return {"output": first.output, "replayed": [first.replayed, second.replayed]}


def _run(stub: AgentServiceStub, metadata: tuple[tuple[str, str], ...]) -> dict[str, object]:
    submission = agent.SubmitTaskRequest(
        text="write a function that returns the largest number of a list",
        correlation_id=str(uuid.uuid4()),
    )
    call = stub.RunTask(agent.RunTaskRequest(task=submission), metadata=metadata, timeout=120)
    responses = list(call)
    task = responses[-1].task
    trailing = {key: value for key, value in call.trailing_metadata() if key.startswith("mesh-")}
    messages = stub.ListMessages(
        agent.ListMessagesRequest(task_id=task.task_id), metadata=metadata, timeout=20
    )
    return {
        "status": agent.TaskStatus.Name(task.status),
        "approved": task.approved,
        "sequences": [each.event.sequence for each in responses if each.HasField("event")],
        "trailing": trailing,
        "messages": [each.type for each in messages.messages],
        "task_id": task.task_id,
        "correlation_id": task.correlation_id,
        "same_correlation_id": task.correlation_id == submission.correlation_id,
    }


if __name__ == "__main__":
    main()
