"""Bad input gets its code and its field, never a traceback, and changes nothing."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from core.errors import InvalidInput
from shared.pb.mesh.agent.v1 import agent_service_pb2 as agent
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import AgentServiceStub
from shared.pb.mesh.knowledge.v1 import knowledge_service_pb2 as knowledge
from shared.pb.mesh.knowledge.v1.knowledge_service_pb2_grpc import KnowledgeServiceStub
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm
from shared.pb.mesh.llm.v1.llm_service_pb2_grpc import LlmServiceStub
from shared.pb.mesh.router.v1 import router_service_pb2 as router
from shared.pb.mesh.router.v1.router_service_pb2_grpc import RouterServiceStub
from shared.pb.mesh.tool.v1 import tool_service_pb2 as tool
from shared.pb.mesh.tool.v1.tool_service_pb2_grpc import ToolServiceStub
from shared.proxies import NO_PROXY
from tests.integration.mesh import Mesh

Call = Callable[[grpc.aio.Channel], Awaitable[object]]
GOOD_ID = "0f4b6a51-5c1f-4d6e-9d2c-6f6f0d1a2b3c"
UNKNOWN_TASK = "01a1fc85-c72b-711a-becc-59c323955830"
TOO_LONG = "x" * (64 * 1024 + 1)
BYTES_OVER = b"x" * (8 * 1024 * 1024 + 1)


@dataclass(frozen=True)
class Bad:
    """A call, what it is answered with, and the field that is to blame."""

    service: str
    call: Call
    code: grpc.StatusCode
    field: str = ""


def submit(**fields: object) -> Call:
    return lambda c: AgentServiceStub(c).SubmitTask(agent.SubmitTaskRequest(**fields))


def get(task_id: str) -> Call:
    return lambda c: AgentServiceStub(c).GetTask(agent.GetTaskRequest(task_id=task_id))


def page(**fields: object) -> Call:
    return lambda c: AgentServiceStub(c).ListTasks(agent.ListTasksRequest(**fields))


def watch(**fields: object) -> Call:
    return lambda c: drained(AgentServiceStub(c).WatchTask(agent.WatchTaskRequest(**fields)))


def generate(**fields: object) -> Call:
    return lambda c: drained(LlmServiceStub(c).Generate(llm.GenerateRequest(**fields)))


def ingest(**fields: object) -> Call:
    return lambda c: drained(KnowledgeServiceStub(c).Ingest(knowledge.IngestRequest(**fields)))


def query(**fields: object) -> Call:
    return lambda c: KnowledgeServiceStub(c).Query(knowledge.QueryRequest(**fields))


def call_tool(name: str, arguments: dict[str, object], call_id: str = "bad") -> Call:
    request = tool.CallToolRequest(call_id=call_id, name=name)
    request.arguments.update(arguments)
    return lambda c: ToolServiceStub(c).CallTool(request)


def count(*prompts: list[llm.ChatMessage]) -> Call:
    counted = [llm.CountedPrompt(messages=each) for each in prompts]
    return lambda c: LlmServiceStub(c).CountTokens(llm.CountTokensRequest(prompts=counted))


def nested(levels: int) -> dict[str, object]:
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


NESTED = nested(60)


async def drained(stream: object) -> list[object]:
    return [each async for each in stream]  # type: ignore[attr-defined]


def message(content: str = "hi", role: int = llm.CHAT_ROLE_USER) -> llm.ChatMessage:
    return llm.ChatMessage(role=role, content=content)


INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND
BAD = {
    "empty text": Bad("agent", submit(text=" "), INVALID, "text"),
    "over-long text": Bad("agent", submit(text=TOO_LONG), INVALID, "text"),
    "correlation id no UUID": Bad(
        "agent", submit(text="hi", correlation_id="7"), INVALID, "correlation_id"
    ),
    "correlation id no UUID4": Bad(
        "agent", submit(text="hi", correlation_id=str(uuid.UUID(int=1))), INVALID, "correlation_id"
    ),
    "unknown workflow": Bad("agent", submit(text="hi", workflow="poem"), INVALID, "workflow"),
    "task id no UUID": Bad("agent", get("nonsense"), INVALID, "task_id"),
    "unknown task": Bad("agent", get(UNKNOWN_TASK), MISSING),
    "negative page size": Bad("agent", page(page_size=-1), INVALID, "page_size"),
    "absurd page size": Bad("agent", page(page_size=10**6), INVALID, "page_size"),
    "broken page token": Bad("agent", page(page_token="%"), INVALID, "page_token"),
    "absurd page of sources": Bad(
        "chroma",
        lambda c: KnowledgeServiceStub(c).ListSources(
            knowledge.ListSourcesRequest(page_size=10**6)
        ),
        INVALID,
        "page_size",
    ),
    "unknown view": Bad("agent", page(view=42), INVALID, "view"),
    "unknown status": Bad("agent", page(status=42), INVALID, "status"),
    "watch an unknown task": Bad("agent", watch(task_id=UNKNOWN_TASK), MISSING),
    "route nothing": Bad(
        "agent", lambda c: RouterServiceStub(c).Route(router.RouteRequest()), INVALID, "text"
    ),
    "no call id": Bad("llm", generate(messages=[message()]), INVALID, "call_id"),
    "no messages": Bad("llm", generate(call_id="a"), INVALID, "messages"),
    "no role": Bad("llm", generate(call_id="a", messages=[message(role=0)]), INVALID,
                   "messages[0].role"),
    "hot": Bad("llm", generate(call_id="a", messages=[message()], temperature=9), INVALID,
               "temperature"),
    "too many tokens": Bad("llm", generate(call_id="a", messages=[message()], max_tokens=10**6),
                           INVALID, "max_tokens"),
    "prompt over the context": Bad("llm", generate(call_id="a", messages=[message("x " * 9999)]),
                                   INVALID, "messages"),
    "schema no JSON": Bad("llm", generate(call_id="a", messages=[message()], json_schema="{"),
                          INVALID, "json_schema"),
    "schema that would overflow llama.cpp's stack": Bad(
        "llm",
        generate(call_id="a", messages=[message()],
                 json_schema='{"type": "string", "maxLength": 70000}'),
        INVALID,
        "json_schema",
    ),
    "schema with a keyword that no grammar holds to": Bad(
        "llm",
        generate(call_id="a", messages=[message()], json_schema='{"type": "object", "not": {}}'),
        INVALID,
        "json_schema",
    ),
    "grammar that loops": Bad(
        "llm", generate(call_id="a", messages=[message()], grammar="root ::= root"), INVALID,
        "grammar"
    ),
    "schema and grammar": Bad(
        "llm",
        generate(call_id="a", messages=[message()], json_schema="{}", grammar='root ::= "a"'),
        INVALID,
        "grammar",
    ),
    "grammar that allows nothing": Bad(
        "llm", generate(call_id="b", messages=[message()], grammar="root ::= [z-a]"), INVALID,
        "grammar"
    ),
    "schema with a number beyond all doubles": Bad(
        "llm",
        generate(call_id="c", messages=[message()], json_schema='{"const": 1e400}'),
        INVALID,
        "json_schema",
    ),
    "count nothing": Bad("llm", count(), INVALID, "prompts"),
    "count a prompt without messages": Bad("llm", count([message()], []), INVALID,
                                           "prompts[1].messages"),
    "count a prompt without a role": Bad("llm", count([message(role=0)]), INVALID,
                                         "prompts[0].messages[0].role"),
    "not a number": Bad("tool", call_tool("calculator", {"expression": math.nan}), INVALID,
                        "arguments.expression"),
    "endless": Bad("tool", call_tool("calculator", {"expression": [math.inf]}), INVALID,
                   "arguments.expression[0]"),
    "sixty levels": Bad("tool", call_tool("calculator", NESTED), INVALID, "arguments"),
    "embed nothing": Bad("llm", lambda c: LlmServiceStub(c).Embed(llm.EmbedRequest()), INVALID,
                         "texts"),
    "unknown tool": Bad("tool", call_tool("launch", {}), MISSING),
    "missing argument": Bad("tool", call_tool("calculator", {}), INVALID, "arguments"),
    "wrong type": Bad("tool", call_tool("calculator", {"expression": 3}), INVALID,
                      "arguments.expression"),
    "path out": Bad("tool", call_tool("read_file", {"path": "../token"}), INVALID,
                    "arguments.path"),
    "absolute path": Bad("tool", call_tool("read_file", {"path": "/etc/passwd"}), INVALID,
                         "arguments.path"),
    "not UTF-8": Bad("chroma", ingest(source="a.md", content=b"\xff\xfe"), INVALID, "content"),
    "empty document": Bad("chroma", ingest(source="a.md", content=b"\n"), INVALID, "content"),
    "unknown type": Bad("chroma", ingest(source="a.exe", content=b"MZ"), INVALID, "media_type"),
    "no source": Bad("chroma", ingest(content=b"hi"), INVALID, "source"),
    "over-long document": Bad("chroma", ingest(source="a.md", content=BYTES_OVER),
                              grpc.StatusCode.RESOURCE_EXHAUSTED),
    "no name of a collection": Bad(
        "chroma", ingest(source="a.md", content=b"hi", collection="a/b"), INVALID, "collection"
    ),
    "only a mark": Bad(
        "chroma", ingest(source="a.md", content=b"\xef\xbb\xbf"), INVALID, "content"
    ),
    "damaged PDF": Bad(
        "chroma", ingest(source="a.pdf", content=b"%PDF-1.7 x"), INVALID, "content"
    ),
    "no collection to ask": Bad(
        "chroma", query(text="hi", collection=".."), INVALID, "collection"
    ),
    "empty query": Bad("chroma", query(), INVALID, "text"),
    "absurd limit": Bad("chroma", query(text="hi", limit=1000), INVALID, "limit"),
    "delete what is not there": Bad(
        "chroma",
        lambda c: KnowledgeServiceStub(c).DeleteSource(
            knowledge.DeleteSourceRequest(source="none")
        ),
        MISSING,
    ),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_bad_input_is_refused_with_its_code_and_field(mesh: Mesh, bad: Bad) -> None:
    async with mesh.channel(bad.service) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await bad.call(channel)
    error = refused.value
    assert error.code() is bad.code
    assert "Traceback" not in (error.details() or "")
    assert blamed_field(error) == bad.field


async def test_bad_input_leaves_nothing_behind(mesh: Mesh) -> None:
    async with mesh.agent() as client:
        assert not (await client.page(agent.ListTasksRequest())).tasks
    async with mesh.channel("chroma") as channel:
        listed = await KnowledgeServiceStub(channel).ListSources(knowledge.ListSourcesRequest())
    assert not listed.sources


@pytest.mark.parametrize("service", ["agent", "llm", "tool", "chroma"])
@pytest.mark.parametrize("token", [None, "Bearer wrong", "Bearer "])
async def test_every_call_wants_the_token(mesh: Mesh, service: str, token: str | None) -> None:
    calls = {
        "agent": lambda c, m: AgentServiceStub(c).ListTasks(agent.ListTasksRequest(), metadata=m),
        "llm": lambda c, m: LlmServiceStub(c).GetModel(llm.GetModelRequest(), metadata=m),
        "tool": lambda c, m: ToolServiceStub(c).ListTools(tool.ListToolsRequest(), metadata=m),
        "chroma": lambda c, m: KnowledgeServiceStub(c).ListSources(
            knowledge.ListSourcesRequest(), metadata=m
        ),
    }
    metadata = (("authorization", token),) if token is not None else ()
    address = mesh.settings.address_of(service)
    async with grpc.aio.insecure_channel(address, options=NO_PROXY) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await calls[service](channel, metadata)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_an_expired_deadline_is_told_apart(mesh: Mesh) -> None:
    async with mesh.channel("agent") as channel:
        await channel.channel_ready()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await AgentServiceStub(channel).ListTasks(agent.ListTasksRequest(), timeout=-1)
    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_sequence_past_the_end_is_refused_and_the_next_one_gives_the_end_alone(
    fresh_mesh: Mesh,
) -> None:
    await fresh_mesh.start()
    task = await fresh_mesh.submit("hello")
    await fresh_mesh.ended(task.task_id)
    count = len(await fresh_mesh.events(task.task_id))
    async with asyncio.timeout(20), fresh_mesh.agent() as client:
        [response] = [each async for each in client.watch(task.task_id, count + 1)]
        assert not response.HasField("event")
        assert response.task.status == agent.TASK_STATUS_COMPLETED
        with pytest.raises(InvalidInput) as refused:
            [each async for each in client.watch(task.task_id, count + 2)]
    assert refused.value.field == "from_sequence"


async def test_a_correlation_id_used_for_something_else_is_refused(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    async with fresh_mesh.channel("agent") as channel:
        stub = AgentServiceStub(channel)
        request = agent.SubmitTaskRequest(text="hello", correlation_id=GOOD_ID)
        first = await stub.SubmitTask(request)
        again = await stub.SubmitTask(request)
        assert first.task.task_id == again.task.task_id
        other = agent.SubmitTaskRequest(text="bye", correlation_id=GOOD_ID)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.SubmitTask(other)
    assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS


def blamed_field(error: grpc.aio.AioRpcError) -> str:
    """Return the field of the error's details; empty when it names none."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                bad = error_details_pb2.BadRequest()
                if detail.Unpack(bad):
                    return str(bad.field_violations[0].field)
    return ""
