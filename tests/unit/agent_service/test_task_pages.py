"""Lists of large tasks come in pages that every client can take, on a real server."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_service.clock import SystemClock
from agent_service.desk.desk import Desk
from agent_service.fronts.grpc.agent_servicer import AgentServicer
from agent_service.fronts.grpc.task_pages import MAX_PAGE_BYTES
from agent_service.storage.memory import memory_storage
from agent_service.storage.progress import Progress
from agent_service.storage.records import ForkOrigin, Submission
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.agent.v1.agent_service_pb2_grpc import (
    AgentServiceStub,
    add_AgentServiceServicer_to_server,
)
from shared.proxies import NO_PROXY
from tests.spellings import spellings_of

MEGABYTE = 1024 * 1024
DEFAULT_CLIENT_BYTES = 4 * MEGABYTE


class QuietRunner:
    """Takes tasks and runs none."""

    draining = False

    def notify(self) -> None:
        """Do nothing."""


@dataclass
class Listing:
    """An agent on the wire that only lists, with its desk."""

    desk: Desk
    stub: Any

    async def add(self, text: str, code: str = "") -> str:
        fork = ForkOrigin("", "", {}, "code", Progress(code=code, result=code), 2) if code else None
        task = await self.desk.submit(Submission(text, str(uuid.uuid4()), fork=fork))
        return task.task_id

    async def pages(
        self, page_size: int, view: int = pb.TASK_VIEW_FULL
    ) -> AsyncIterator[pb.ListTasksResponse]:
        request = pb.ListTasksRequest(page_size=page_size, view=view)
        while True:
            page = await self.stub.ListTasks(request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


@asynccontextmanager
async def listing() -> AsyncIterator[Listing]:
    storage = memory_storage(SystemClock(), queue_limit=10_000, max_review_cycles=2)
    nothing = cast(Any, None)
    desk = Desk(storage, cast(Any, QuietRunner()), nothing, 2)
    servicer = AgentServicer(desk)
    server = grpc.aio.server()
    add_AgentServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        # No option: what a client takes that was told nothing.
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=NO_PROXY) as channel:
            yield Listing(desk, AgentServiceStub(channel))
    finally:
        await server.stop(None)


def ids_of(pages: Sequence[pb.ListTasksResponse]) -> list[str]:
    return [task.task_id for page in pages for task in page.tasks]


@given(
    sizes=st.lists(
        st.sampled_from([1, 100, 64 * 1024, MEGABYTE - 100, MEGABYTE, 3 * MEGABYTE]), max_size=12
    ),
    page_size=st.sampled_from([1, 2, 3, 25, 26, 500]),
)
@settings(max_examples=10, deadline=None)
def test_pages_put_together_are_every_task_once(sizes: list[int], page_size: int) -> None:
    async def check() -> None:
        async with listing() as agent:
            added = [await agent.add("x" * size) for size in sizes]
            pages = [page async for page in agent.pages(page_size)]
            assert ids_of(pages) == added[::-1]
            assert [len(task.text) for page in pages for task in page.tasks] == sizes[::-1]
            for page in pages:
                assert len(page.tasks) <= page_size
                assert page.ByteSize() < DEFAULT_CLIENT_BYTES
                assert page.tasks or not sizes

    asyncio.run(check())


@pytest.mark.parametrize("page_size", [7, 500])
@pytest.mark.parametrize("code_bytes", [0, 500_000])
async def test_forty_large_tasks_while_others_come_in(page_size: int, code_bytes: int) -> None:
    async with listing() as agent:
        added = [await agent.add("é" * (MEGABYTE // 2), "c" * code_bytes) for _ in range(40)]
        found: list[pb.ListTasksResponse] = []
        async for page in agent.pages(page_size):
            found.append(page)
            assert page.ByteSize() <= MAX_PAGE_BYTES + 1024 or len(page.tasks) == 1
            await agent.add("a task that came in meanwhile")
        assert ids_of(found) == added[::-1]


@pytest.mark.parametrize("count", [0, 1, 25, 26, 50, 51])
async def test_no_page_is_cut_or_empty_at_the_seams_of_what_is_read_at_once(count: int) -> None:
    async with listing() as agent:
        added = [await agent.add("hello") for _ in range(count)]
        for page_size in (24, 25, 26, 50, 500):
            pages = [page async for page in agent.pages(page_size)]
            assert ids_of(pages) == added[::-1]
            assert len(pages) == max(1, -(-count // page_size))


@pytest.mark.parametrize("text", ["short", "x" * 200, "x" * 201, "日本語 " * 5000, "💥" * 300])
async def test_the_basic_view_leaves_long_texts_out_and_tells_how_long_they_are(text: str) -> None:
    async with listing() as agent:
        task_id = await agent.add(text, "print(1)")
        [page] = [page async for page in agent.pages(500, pb.TASK_VIEW_BASIC)]
        [task] = page.tasks
        assert (task.task_id, task.text) == (task_id, text[:200])
        assert task.text_bytes == len(text.encode())
        assert (task.code, task.result, task.workflow) == ("", "", "code")
        for full in (pb.TASK_VIEW_FULL, pb.TASK_VIEW_UNSPECIFIED):
            [page] = [page async for page in agent.pages(500, full)]
            assert (page.tasks[0].text, page.tasks[0].code) == (text, "print(1)")
            assert page.tasks[0].text_bytes == len(text.encode())


async def test_five_hundred_large_tasks_are_one_page_of_the_basic_view() -> None:
    async with listing() as agent:
        for _ in range(500):
            await agent.add("y" * 20_000)
        [page] = [page async for page in agent.pages(500, pb.TASK_VIEW_BASIC)]
        assert len(page.tasks) == 500
        assert page.ByteSize() < 500 * 1000


async def test_the_same_correlation_id_in_any_spelling_is_the_same_task() -> None:
    async with listing() as agent:
        one = uuid.uuid4()
        tasks = [
            (await agent.stub.SubmitTask(pb.SubmitTaskRequest(text="hi", correlation_id=each))).task
            for each in spellings_of(one)
        ]
        assert {task.task_id for task in tasks} == {tasks[0].task_id}
        assert {task.correlation_id for task in tasks} == {str(one)}
        [page] = [page async for page in agent.pages(500)]
        assert len(page.tasks) == 1
        for token in spellings_of(uuid.UUID(tasks[0].task_id)):
            after = await agent.stub.ListTasks(pb.ListTasksRequest(page_token=token))
            assert not after.tasks
