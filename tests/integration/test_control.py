"""Stopping tasks and their work, trying failed ones again, and deadlines."""

from __future__ import annotations

import asyncio
import time
import uuid

import psutil
import pytest

from core.errors import Cancelled, InvalidInput, NotFound, OutcomeUnknown, Unavailable, WrongState
from core.ports import CallContext, ChatMessage, EffectAnswer, GenerationSettings
from shared.clients import LlmClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import Mesh

CODE = "write a function that returns the sum of squares of even numbers"
LONG = [ChatMessage("user", "write a function that returns the sum of squares of even numbers")]
ENDLESS = GenerationSettings(max_tokens=4000, temperature=2.0)


async def test_a_running_generation_stops_within_a_second(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("llm")
    task_id = str(uuid.uuid4())
    async with fresh_mesh.channel("llm") as channel:
        client = LlmClient(channel)
        pieces = client.stream(LONG, ENDLESS, CallContext(f"{task_id}:2:generate", "", ""))
        await anext(pieces)
        began = time.monotonic()
        await client.cancel_calls(task_id)
        with pytest.raises(Cancelled):
            async for _ in pieces:
                continue
        assert time.monotonic() - began < 1
        # The engine is free again, at once.
        short = GenerationSettings(max_tokens=1)
        await client.generate(LONG, short, CallContext("other", "", "", deadline_seconds=1))
        assert time.monotonic() - began < 1


async def test_a_stream_is_joined_where_it_broke(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("llm")
    async with fresh_mesh.channel("llm") as channel:
        client = LlmClient(channel)
        context = CallContext("joined", "", "")
        whole = (await client.generate(LONG, GenerationSettings(), context)).text
        rest = [p.text async for p in client.stream(LONG, GenerationSettings(), context, 7)]
    assert "".join(rest) == whole[7:]


@pytest.mark.parametrize(
    ("tool", "more"), [("run_python", {}), ("check_python", {"checks": ["assert f() == 1"]})]
)
async def test_a_running_tool_stops_within_a_second_and_leaves_no_process(
    fresh_mesh: Mesh, tool: str, more: dict[str, list[str]]
) -> None:
    await fresh_mesh.start("tool")
    task_id = str(uuid.uuid4())
    context = CallContext(f"{task_id}:3:run", "", "")
    async with fresh_mesh.tools() as tools:
        code = {"code": "import time\nwhile True: time.sleep(0.01)", **more}
        call = asyncio.create_task(tools.call(tool, code, context))
        service = psutil.Process(fresh_mesh.pid("tool"))
        async with asyncio.timeout(10):
            while not service.children(recursive=True):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await tools.cancel_calls(task_id)
        with pytest.raises(Cancelled):
            await call
        assert time.monotonic() - began < 1
        assert service.children(recursive=True) == []


@pytest.mark.parametrize("happened", [True, False])
async def test_an_unknown_outcome_is_resolved_as_a_person_says(
    fresh_mesh: Mesh, happened: bool
) -> None:
    journal = fresh_mesh.home / "workspace" / "journal.txt"
    await fresh_mesh.start("tool", failpoints={"tool": "tool.after_effect:kill"})
    context = CallContext("a call", "", "", deadline_seconds=5)
    arguments = {"path": "journal.txt", "line": "once"}
    answer = EffectAnswer(happened, "as seen")
    async with fresh_mesh.tools() as tools:
        with pytest.raises(Unavailable):
            await tools.call("append_line", arguments, context)
        await fresh_mesh.exited("tool")
        journal.write_text("somebody else's\n", encoding="utf-8")
        await fresh_mesh.start("tool")
        with pytest.raises(OutcomeUnknown):
            await tools.call("append_line", arguments, context)
        await tools.resolve(context.call_id, answer)
        result = await tools.call("append_line", arguments, context)
        await tools.resolve(context.call_id, answer)  # again: changes nothing
        assert (await tools.call("append_line", arguments, context)).replayed
        with pytest.raises(NotFound):
            await tools.resolve("never made", answer)
    assert result.output == "as seen" if happened else result.ok
    lines = journal.read_text(encoding="utf-8").splitlines()
    assert lines == ["somebody else's"] + ([] if happened else ["once"])


async def test_a_failed_task_goes_on_from_its_last_good_hop(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("tool", "chroma")
    fresh_mesh.spawn("agent", AGENT_SERVICE_WAIT_SECONDS="0.2")
    await fresh_mesh.healthy("agent")
    task = await fresh_mesh.submit(CODE)
    failed = await fresh_mesh.ended(task.task_id)
    assert (failed.status, failed.failure_reason) == (pb.TASK_STATUS_FAILED, "UNAVAILABLE")
    async with fresh_mesh.agent() as client:
        with pytest.raises(WrongState):
            await client.respond(task.task_id, EffectAnswer(happened=True))
        await fresh_mesh.start("llm")
        again = await client.retry(task.task_id)
        assert again.status == pb.TASK_STATUS_QUEUED and not again.failure_reason
        ended = await fresh_mesh.ended(task.task_id)
        with pytest.raises(WrongState):
            await client.retry(task.task_id)
        with pytest.raises(NotFound):
            await client.retry(str(uuid.uuid4()))
    assert ended.status == pb.TASK_STATUS_COMPLETED
    # A hop begins once the model can say what it is, so that an outage costs no attempt.
    assert [hop.index for hop in ended.hops] == list(range(len(ended.hops)))
    assert {hop.attempt for hop in ended.hops} == {1}
    events = await fresh_mesh.events(task.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    kinds = [event.type for event in events]
    assert kinds.index(pb.EVENT_TYPE_FAILED) + 1 == kinds.index(pb.EVENT_TYPE_RETRIED)


async def test_a_task_that_takes_too_long_fails_running_or_queued(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("chroma")
    fresh_mesh.spawn("agent", AGENT_MAX_RUNNING_TASKS="1")
    await fresh_mesh.healthy("agent")
    async with fresh_mesh.agent() as client:
        request = pb.SubmitTaskRequest(text=CODE)
        request.timeout.FromMilliseconds(700)
        began = time.monotonic()
        running, queued = await client.submit(request), await client.submit(request)
        assert running.deadline.ToMilliseconds() > running.created_at.ToMilliseconds()
        for task in (running, queued):
            ended = await fresh_mesh.ended(task.task_id)
            assert ended.status == pb.TASK_STATUS_FAILED
            assert ended.failure_reason == "DEADLINE_EXCEEDED"
        assert time.monotonic() - began < 5
        for milliseconds in (-1, 0, 31 * 24 * 3600 * 1000):
            request.timeout.FromMilliseconds(milliseconds)
            with pytest.raises(InvalidInput):
                await client.submit(request)
