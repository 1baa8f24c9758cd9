"""What clients may do with tasks: page, cancel, be refused, be asked; and graceful stops."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import grpc
import pytest
import trustme

from core.errors import DeadlineExceeded, LimitExceeded, OutcomeUnknown, Unavailable, WrongState
from core.ports import CallContext
from shared.clients import AgentClient, is_serving, open_channel
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import AgentServiceStub
from shared.settings import CommonSettings
from tests.integration.mesh import Mesh

CODE = "write a function that returns the sum of squares of even numbers"


async def test_tasks_are_listed_by_pages_and_filters(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    ids = [(await fresh_mesh.submit("hello")).task_id for _ in range(5)]
    for task_id in ids:
        await fresh_mesh.ended(task_id)
    found: list[str] = []
    request = pb.ListTasksRequest(page_size=2)
    async with fresh_mesh.agent() as client:
        while True:
            page = await client.page(request)
            assert len(page.tasks) <= 2
            found += [task.task_id for task in page.tasks]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        assert found == sorted(ids, reverse=True)
        direct = await client.page(pb.ListTasksRequest(workflow="direct"))
        assert len(direct.tasks) == 5
        failed = await client.page(pb.ListTasksRequest(status=pb.TASK_STATUS_FAILED))
        assert not failed.tasks


async def test_get_and_watch_tell_the_ids_and_route_in_trailing_metadata(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    task = await fresh_mesh.submit("hello")
    await fresh_mesh.ended(task.task_id)
    async with fresh_mesh.channel("agent") as channel:
        stub = AgentServiceStub(channel)
        call = stub.GetTask(pb.GetTaskRequest(task_id=task.task_id))
        await call
        watch = stub.WatchTask(pb.WatchTaskRequest(task_id=task.task_id))
        assert [response async for response in watch]
        for ended in (call, watch):
            trailing = dict(await ended.trailing_metadata())
            assert trailing["mesh-task-id"] == task.task_id
            assert trailing["mesh-correlation-id"] == task.correlation_id
            assert trailing["mesh-workflow"] == "direct"
            assert float(trailing["mesh-route-confidence"]) > 0.5


async def test_text_comes_as_it_is_generated_and_again_to_who_comes_back(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start(failpoints={"llm": "llm.after_generate:sleep=3"})
    request = pb.SubmitTaskRequest(text=CODE, workflow="code")
    texts: dict[str, str] = {}
    async with fresh_mesh.agent() as client, asyncio.timeout(60):
        async for response in client.run(request):
            if response.HasField("event"):
                task_id = response.event.task_id
            if response.HasField("generated"):
                piece = response.generated
                kept = texts.get(piece.call_id, "")[: piece.from_character]
                texts[piece.call_id] = kept + piece.text
                break
        again = ""
        async for watched in client.watch(task_id):
            if watched.HasField("generated") and not watched.generated.structured:
                piece = watched.generated
                again = again[: piece.from_character] + piece.text
            if watched.HasField("event") and watched.event.role == "coder" and again:
                break
        task = await fresh_mesh.ended(task_id)
    assert texts
    assert again.startswith(next(iter(texts.values())))
    assert task.code.strip() in again


async def test_a_running_task_is_cancelled_and_stays_so(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start(failpoints={"tool": "tool.after_intent:sleep=2"})
    task = await fresh_mesh.submit(CODE)
    await fresh_mesh.hop_started(task.task_id, "reviewer")
    async with fresh_mesh.agent() as client:
        assert (await client.cancel(task.task_id)).status == pb.TASK_STATUS_CANCELLED
        with pytest.raises(WrongState):
            await client.cancel(task.task_id)
        await asyncio.sleep(2.5)
        assert (await client.get(task.task_id)).status == pb.TASK_STATUS_CANCELLED
    events = await fresh_mesh.events(task.task_id)
    assert events[-1].type == pb.EVENT_TYPE_CANCELLED


async def test_a_full_queue_refuses_and_says_when_to_try_again(fresh_mesh: Mesh) -> None:
    fresh_mesh.spawn("agent", AGENT_QUEUE_LIMIT="2")
    await fresh_mesh.healthy("agent")
    accepted = [await fresh_mesh.submit(CODE) for _ in range(2)]
    with pytest.raises(LimitExceeded):
        await fresh_mesh.submit(CODE)
    async with fresh_mesh.agent() as client:
        listed = {task.task_id for task in (await client.page(pb.ListTasksRequest())).tasks}
        assert listed == {task.task_id for task in accepted}
        await client.cancel(accepted[0].task_id)
    await fresh_mesh.submit(CODE)


async def test_two_tasks_at_once_do_not_mix(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    texts = {f"what is {n} * 11?": str(n * 11) for n in (12, 23, 34, 45)}
    tasks = await asyncio.gather(*(fresh_mesh.submit(text, "tool") for text in texts))
    for task in tasks:
        ended = await fresh_mesh.ended(task.task_id)
        assert ended.status == pb.TASK_STATUS_COMPLETED
        assert ended.result.endswith(texts[task.text]) or "Nothing was done" in ended.result


async def test_a_graceful_stop_hands_the_task_on_without_a_second_attempt_counting_as_a_crash(
    fresh_mesh: Mesh,
) -> None:
    await fresh_mesh.start(failpoints={"tool": "tool.after_intent:sleep=8"})
    task = await fresh_mesh.submit(CODE)
    await fresh_mesh.hop_started(task.task_id, "reviewer")
    await asyncio.sleep(0.3)
    assert await fresh_mesh.stop("agent") == 0
    await fresh_mesh.start("agent")
    ended = await fresh_mesh.ended(task.task_id)
    assert (ended.status, ended.approved) == (pb.TASK_STATUS_COMPLETED, True)
    events = await fresh_mesh.events(task.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))


async def test_an_effect_in_doubt_is_asked_about_and_not_repeated(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start(failpoints={"tool": "tool.after_effect:kill"})
    journal = fresh_mesh.home / "workspace" / "journal.txt"
    arguments = {"path": "journal.txt", "line": "once"}
    async with fresh_mesh.tools() as tools:
        context = CallContext("doubtful", "", "", deadline_seconds=5)
        with pytest.raises(Unavailable):
            await tools.call("append_line", arguments, context)
        assert await fresh_mesh.exited("tool") == -9
        # Somebody else writes in between: now nobody can tell what is whose.
        journal.write_text("once\nand another\n", encoding="utf-8")
        await fresh_mesh.start("tool")
        with pytest.raises(OutcomeUnknown):
            await tools.call("append_line", arguments, context)
    assert journal.read_text(encoding="utf-8") == "once\nand another\n"


async def test_a_deadline_that_passes_does_not_cut_the_call_and_its_result_is_kept(
    fresh_mesh: Mesh,
) -> None:
    arguments = {"path": "journal.txt", "line": "once"}
    await fresh_mesh.start("tool", failpoints={"tool": "tool.after_intent:sleep=2"})
    async with fresh_mesh.tools() as tools:
        with pytest.raises(DeadlineExceeded):
            await tools.call(
                "append_line", arguments, CallContext("slow", "", "", deadline_seconds=0.5)
            )
        result = await tools.call(
            "append_line", arguments, CallContext("slow", "", "", deadline_seconds=20)
        )
    assert result.ok
    journal = fresh_mesh.home / "workspace" / "journal.txt"
    assert journal.read_text(encoding="utf-8") == "once\n"


async def test_a_standalone_router_can_be_swapped_in(fresh_mesh: Mesh, tmp_path: Path) -> None:
    other = Mesh(tmp_path / "other")
    shutil.copy(fresh_mesh.home / "token", other.home / "token")
    try:
        await other.start("agent")
        await fresh_mesh.start("llm")
        fresh_mesh.spawn("agent", ROUTER_ADDRESS=other.settings.address_of("agent"))
        await fresh_mesh.healthy("agent")
        task = await fresh_mesh.submit("hello")
        ended = await fresh_mesh.ended(task.task_id)
    finally:
        other.stop_all()
    assert (ended.status, ended.workflow) == (pb.TASK_STATUS_COMPLETED, "direct")


async def test_tls_by_configuration(fresh_mesh: Mesh, tmp_path: Path) -> None:
    key, certificate, authority = (tmp_path / name for name in ("key", "certificate", "authority"))
    issuer = trustme.CA()
    issued = issuer.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(key)
    issued.cert_chain_pems[0].write_to_path(certificate)
    issuer.cert_pem.write_to_path(authority)
    fresh_mesh.spawn(
        "agent",
        MESH_TLS_CERT_FILE=str(certificate),
        MESH_TLS_KEY_FILE=str(key),
        MESH_TLS_CA_FILE=str(authority),
    )
    secure = CommonSettings(
        mesh_home=fresh_mesh.home,
        mesh_port_base=fresh_mesh.port_base,
        mesh_tls_ca_file=authority,
    )
    async with asyncio.timeout(60), open_channel(secure.address_of("agent"), secure) as channel:
        while not await is_serving(channel):
            await asyncio.sleep(0.1)
        assert not (await AgentClient(channel).page(pb.ListTasksRequest())).tasks
    async with fresh_mesh.channel("agent") as plain:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await AgentServiceStub(plain).ListTasks(pb.ListTasksRequest(), timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_review_has_a_tool_of_its_own_whose_receipt_is_kept(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start("tool")
    checks = ["assert add(1, 2) == 3", "assert add(2, 2) == 4"]
    right = "def add(a, b):\n    return a + b\nif __name__ == '__main__':\n    print(input())"
    wrong = "import os\ndef add(a, b):\n    os._exit(0)"
    async with fresh_mesh.tools() as tools:
        assert "check_python" not in {tool.name for tool in await tools.list_tools()}
        for code, passed in ((right, True), (wrong, False)):
            context = CallContext(f"review-{passed}", "", "", deadline_seconds=30)
            first, again = [
                await tools.call("check_python", {"code": code, "checks": checks}, context)
                for _ in range(2)
            ]
            verdicts = [each["passed"] for each in first.data["verdicts"]]
            assert (first.ok, verdicts) == (passed, [passed, passed])
            assert (again.data, again.replayed) == (first.data, True)
