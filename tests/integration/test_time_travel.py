"""The history of tasks, and forks from it, on real processes."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from core.errors import IdentifierReused, InvalidInput, NotFound, WrongState
from shared.clients import HistoryClient
from shared.clients.structs import from_struct, to_struct
from shared.grpc_errors import from_rpc_error
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import HistoryServiceStub
from tests.integration.mesh import Mesh

CODE = "write a function that returns the sum of squares of even numbers"
OTHER_CODE = "write a function that returns the product of a list of numbers"
UNKNOWN = "01a1fc85-c72b-711a-becc-59c323955830"
REVIEW = {"approved": False, "output": "use a loop", "assertions": []}


@asynccontextmanager
async def history(mesh: Mesh) -> AsyncIterator[HistoryClient]:
    """A client of the history."""
    async with mesh.channel("agent") as channel:
        yield HistoryClient(channel)


async def by_hop(client: HistoryClient, task_id: str) -> dict[int, str]:
    """Return the ids of a task's checkpoints by hop; -1 is the one before the first."""
    return {
        each.hop_index if each.HasField("hop_index") else -1: each.checkpoint_id
        async for each in client.checkpoints(task_id)
    }


def fork_of(task_id: str, checkpoint_id: str, **edits: Any) -> pb.ForkTaskRequest:
    return pb.ForkTaskRequest(
        task_id=task_id,
        checkpoint_id=checkpoint_id,
        edits=to_struct(edits),
        correlation_id=str(uuid.uuid4()),
    )


def tool_calls(mesh: Mesh, task_id: str) -> list[str]:
    """Return the ids of the task's calls in the tools' ledger."""
    path = mesh.home / "tool" / "ledger.db"
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as ledger:
        query = "SELECT call_id FROM calls WHERE call_id LIKE ?"
        return [row[0] for row in ledger.execute(query, (f"{task_id}:%",))]


def result_of(code: str, numbers: list[int]) -> object:
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    [function] = [value for key, value in namespace.items() if not key.startswith("__")]
    return function(numbers)


async def everything(mesh: Mesh, task_id: str) -> tuple[object, ...]:
    """Return all that is known of a task, to see that it stays the same."""
    async with mesh.agent() as agent, history(mesh) as client:
        checkpoints = [each async for each in client.checkpoints(task_id)]
        return (
            await agent.get(task_id),
            await agent.messages(task_id),
            await mesh.events(task_id),
            checkpoints,
            [await client.get(task_id, each.checkpoint_id) for each in checkpoints],
        )


async def test_the_checkpoints_of_a_task_are_listed_page_by_page(mesh: Mesh) -> None:
    task = await mesh.ended((await mesh.submit(CODE)).task_id)
    async with history(mesh) as client:
        request = pb.ListCheckpointsRequest(task_id=task.task_id, page_size=2)
        pages = []
        while True:
            page = await client.page(request)
            pages.append([each.checkpoint_id for each in page.checkpoints])
            request.page_token = page.next_page_token
            if not page.next_page_token:
                break
        listed = [each async for each in client.checkpoints(task.task_id)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each.checkpoint_id for each in listed] == [one for page in pages for one in page]
    assert [each.number for each in listed] == [4, 3, 2, 1, 0]
    assert [each.hop_index for each in listed[:-1]] == [3, 2, 1, 0]
    assert not listed[-1].HasField("hop_index")
    assert [each.role for each in listed] == [
        "reviewer", "coder", "researcher", "router", "",
    ]  # fmt: skip
    assert [list(each.next_roles) for each in listed] == [
        [], ["reviewer"], ["coder"], ["researcher"], ["router"],
    ]  # fmt: skip
    assert [each.remaining_loops for each in listed] == [1, 2, 2, 2, 2]
    assert [each.parent_checkpoint_id for each in listed] == [
        *(each.checkpoint_id for each in listed[1:]), "",
    ]  # fmt: skip
    times = [each.created_at.ToNanoseconds() for each in listed]
    assert times == sorted(times, reverse=True)


async def test_a_checkpoint_holds_the_state_and_a_diff_what_a_hop_did(mesh: Mesh) -> None:
    task = await mesh.ended((await mesh.submit(CODE)).task_id)
    async with history(mesh) as client:
        at = await by_hop(client, task.task_id)
        found = await client.get(task.task_id, at[2])
        state = from_struct(found.state)
        assert found.checkpoint.checkpoint_id == at[2]
        assert (state["task_id"], state["text"], state["code"]) == (task.task_id, CODE, task.code)
        assert len(state["messages"]) == 3
        assert "result" not in state

        changes = await client.diff(
            pb.DiffCheckpointsRequest(
                task_id=task.task_id, from_checkpoint_id=at[2], to_checkpoint_id=at[3]
            )
        )
    kinds = {each.path: pb.ChangeKind.Name(each.kind) for each in changes}
    assert kinds["remaining_loops"] == "CHANGE_KIND_CHANGED"
    assert kinds["hops[3]"] == kinds["messages[3]"] == kinds["review"] == "CHANGE_KIND_ADDED"
    [loops] = [each for each in changes if each.path == "remaining_loops"]
    assert (loops.before.number_value, loops.after.number_value) == (2, 1)
    [result] = [each for each in changes if each.path == "result"]
    assert not result.HasField("before")
    assert result.after.string_value == task.result


async def test_a_finished_code_task_forked_before_the_coder_makes_another_result(
    mesh: Mesh,
) -> None:
    source = await mesh.ended((await mesh.submit(CODE)).task_id)
    before = await everything(mesh, source.task_id)
    async with history(mesh) as client:
        at = await by_hop(client, source.task_id)
        request = fork_of(source.task_id, at[1], text=OTHER_CODE)
        accepted = await client.fork(request)
        assert accepted.task_id != source.task_id
        assert [hop.role for hop in accepted.hops] == ["router", "researcher"]
        task = await mesh.ended(accepted.task_id)

        assert (task.status, task.approved) == (pb.TASK_STATUS_COMPLETED, True)
        assert (task.text, task.workflow) == (OTHER_CODE, "code")
        assert (task.forked_from_task_id, task.forked_from_checkpoint_id) == (
            source.task_id,
            at[1],
        )
        assert [hop.index for hop in task.hops] == [0, 1, 2, 3]
        assert result_of(task.code, [2, 3, 4]) == 24
        assert result_of(source.code, [2, 3, 4]) == 20

        events = await mesh.events(task.task_id)
        assert [each.sequence for each in events] == list(range(1, len(events) + 1))
        assert events[0].accepted.forked_from.task_id == source.task_id
        started = [each.hop_index for each in events if each.type == pb.EVENT_TYPE_HOP_STARTED]
        assert started == [2, 3]
        assert tool_calls(mesh, task.task_id) == [f"{task.task_id}:3:check"]

        fork_at = await by_hop(client, task.task_id)
        assert sorted(fork_at) == [1, 2, 3]
        changes = await client.diff(
            pb.DiffCheckpointsRequest(
                task_id=source.task_id,
                from_checkpoint_id=at[1],
                to_task_id=task.task_id,
                to_checkpoint_id=fork_at[1],
            )
        )
        assert [each.path for each in changes] == [
            "correlation_id", "inherited_hops", "task_id", "text",
        ]  # fmt: skip
    assert await everything(mesh, source.task_id) == before
    assert tool_calls(mesh, source.task_id) == [f"{source.task_id}:3:check"]


async def test_the_same_fork_again_is_the_same_task(mesh: Mesh) -> None:
    source = await mesh.ended((await mesh.submit("hello")).task_id)
    async with history(mesh) as client:
        at = await by_hop(client, source.task_id)
        request = fork_of(source.task_id, at[0], text="good morning")
        first, again = await asyncio.gather(client.fork(request), client.fork(request))
        assert first.task_id == again.task_id
        request.edits["text"] = "good night"
        with pytest.raises(IdentifierReused):
            await client.fork(request)
        reused = fork_of(source.task_id, at[0])
        reused.correlation_id = source.correlation_id
        with pytest.raises(IdentifierReused):
            await client.fork(reused)
        unnamed = fork_of(source.task_id, at[0])
        unnamed.correlation_id = ""
        made = await client.fork(unnamed)
        assert uuid.UUID(made.correlation_id).version == 4
        assert made.correlation_id != source.correlation_id
    assert (await mesh.ended(made.task_id)).status == pb.TASK_STATUS_COMPLETED


async def test_an_end_is_forked_only_with_an_edit_that_leads_on(mesh: Mesh) -> None:
    source = await mesh.ended((await mesh.submit(CODE)).task_id)
    async with history(mesh) as client:
        at = await by_hop(client, source.task_id)
        with pytest.raises(WrongState, match="nothing follows"):
            await client.fork(fork_of(source.task_id, at[3]))
        with pytest.raises(WrongState, match="nothing follows"):
            await client.fork(fork_of(source.task_id, at[3], text=OTHER_CODE))
        made = await client.fork(fork_of(source.task_id, at[3], review=REVIEW, code="x = 1"))
        assert not made.HasField("approved")
        assert made.result == ""
    ended = await mesh.ended(made.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert [hop.role for hop in ended.hops[4:6]] == ["coder", "reviewer"]


@pytest.mark.parametrize("role", ["coder", "reviewer"])
async def test_a_fork_goes_on_after_the_agent_was_killed(fresh_mesh: Mesh, role: str) -> None:
    await fresh_mesh.start()
    source = await fresh_mesh.ended((await fresh_mesh.submit(CODE)).task_id)
    fresh_mesh.kill("agent")
    await fresh_mesh.start("agent", failpoints={"agent": f"agent.in_hop.{role}:sleep=60"})
    async with history(fresh_mesh) as client:
        at = await by_hop(client, source.task_id)
        accepted = await client.fork(fork_of(source.task_id, at[1], text=OTHER_CODE))
    await fresh_mesh.hop_started(accepted.task_id, role)
    fresh_mesh.kill("agent")

    await fresh_mesh.start("agent")
    task = await fresh_mesh.ended(accepted.task_id)
    assert (task.status, task.approved) == (pb.TASK_STATUS_COMPLETED, True)
    assert result_of(task.code, [2, 3, 4]) == 24
    attempts = {hop.role: hop.attempt for hop in task.hops}
    assert attempts == {**dict.fromkeys(attempts, 1), role: 2}
    events = await fresh_mesh.events(task.task_id)
    assert [each.sequence for each in events] == list(range(1, len(events) + 1))
    completed = [each.hop_index for each in events if each.type == pb.EVENT_TYPE_HOP_COMPLETED]
    assert completed == [2, 3]


async def test_a_fork_acknowledged_at_the_moment_of_the_kill_goes_on(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    source = await fresh_mesh.ended((await fresh_mesh.submit(CODE)).task_id)
    async with history(fresh_mesh) as client:
        at = await by_hop(client, source.task_id)
        requests = [fork_of(source.task_id, at[1]) for _ in range(8)]
        accepted = await asyncio.gather(*(client.fork(each) for each in requests))
    fresh_mesh.kill("agent")

    await fresh_mesh.start("agent")
    for each in accepted:
        task = await fresh_mesh.ended(each.task_id)
        assert (task.status, task.code) == (pb.TASK_STATUS_COMPLETED, source.code)
        assert [hop.index for hop in task.hops] == [0, 1, 2, 3]


async def test_what_is_not_there_is_not_found(mesh: Mesh) -> None:
    one = await mesh.ended((await mesh.submit("hello")).task_id)
    other = await mesh.ended((await mesh.submit("hello")).task_id)
    async with history(mesh) as client:
        at = await by_hop(client, one.task_id)
        elsewhere = (await by_hop(client, other.task_id))[0]
        with pytest.raises(NotFound):
            [each async for each in client.checkpoints(UNKNOWN)]
        for task_id, checkpoint_id in ((UNKNOWN, at[0]), (one.task_id, elsewhere)):
            with pytest.raises(NotFound):
                await client.get(task_id, checkpoint_id)
            with pytest.raises(NotFound):
                await client.fork(fork_of(task_id, checkpoint_id))
            with pytest.raises(NotFound):
                await client.diff(
                    pb.DiffCheckpointsRequest(
                        task_id=one.task_id,
                        from_checkpoint_id=at[0],
                        to_task_id=task_id,
                        to_checkpoint_id=checkpoint_id,
                    )
                )


def blamed_field(error: grpc.aio.AioRpcError) -> str:
    """Return the field that a refusal names."""
    refused = from_rpc_error(error)
    assert isinstance(refused, InvalidInput)
    return refused.field


BAD_LISTS = {
    "task_id": {"task_id": "nonsense"},
    "page_size": {"task_id": UNKNOWN, "page_size": 501},
    "page_token": {"task_id": UNKNOWN, "page_token": "%"},
}
BAD_FORKS = {
    "checkpoint_id": {"checkpoint_id": "2"},
    "correlation_id": {"correlation_id": str(uuid.UUID(int=1))},
    "edits.hops": {"edits": {"hops": []}},
    "edits.task_id": {"edits": {"task_id": UNKNOWN}},
    "edits.nonsense": {"edits": {"nonsense": 1}},
    "edits.text": {"edits": {"text": 7}},
    "edits": {"edits": {"code": "x" * (1024 * 1024)}},
    "edits.remaining_loops": {"edits": {"remaining_loops": 3}},
    "edits.review.approved": {"edits": {"review": {**REVIEW, "approved": "no"}}},
    "edits.workflow": {"edits": {"workflow": "tool"}},
    "edits.requested_workflow": {"edits": {"requested_workflow": "tool"}},
}


@pytest.mark.parametrize("field", BAD_LISTS)
async def test_a_bad_list_names_its_field(mesh: Mesh, field: str) -> None:
    async with mesh.channel("agent") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await HistoryServiceStub(channel).ListCheckpoints(
                pb.ListCheckpointsRequest(**BAD_LISTS[field])
            )
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert blamed_field(refused.value) == field


async def test_a_bad_fork_names_its_field_and_leaves_nothing_behind(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start()
    source = await fresh_mesh.ended((await fresh_mesh.submit(CODE)).task_id)
    async with fresh_mesh.channel("agent") as channel, fresh_mesh.agent() as agent:
        at = await by_hop(HistoryClient(channel), source.task_id)
        good = {"task_id": source.task_id, "checkpoint_id": at[1]}
        for field, bad in BAD_FORKS.items():
            request = pb.ForkTaskRequest(**{**good, **bad})
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await HistoryServiceStub(channel).ForkTask(request)
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, field
            assert blamed_field(refused.value) == field
        assert len((await agent.page(pb.ListTasksRequest())).tasks) == 1
