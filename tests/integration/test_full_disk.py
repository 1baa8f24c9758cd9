"""A disk that takes nothing more: new tasks are refused, running ones wait and go on later."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from core.errors import StorageUnwritable
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.mesh import Mesh

CODE = "write a function that returns the sum of squares of even numbers"


def limit_files(mesh: Mesh, size: int) -> None:
    """Let the agent write no file past ``size`` bytes: as a full disk would, and lifted at will."""
    hard = resource.RLIM_INFINITY
    resource.prlimit(mesh.pid("agent"), resource.RLIMIT_FSIZE, (size, hard))


async def test_tasks_wait_for_room_and_go_on(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start(failpoints={"agent": "agent.in_hop.coder:sleep=2"})
    task = await fresh_mesh.submit(CODE)
    await fresh_mesh.hop_started(task.task_id, "coder")
    log = Path(fresh_mesh.home / "agent" / "mesh.db-wal")
    limit_files(fresh_mesh, log.stat().st_size)
    with pytest.raises(StorageUnwritable) as refused:
        await fresh_mesh.submit(CODE)
    assert refused.value.retryable
    await asyncio.sleep(3)
    async with fresh_mesh.agent() as client:
        assert (await client.get(task.task_id)).status == pb.TASK_STATUS_RUNNING
        listed = [each.task_id for each in (await client.page(pb.ListTasksRequest())).tasks]
        assert listed == [task.task_id]
    limit_files(fresh_mesh, resource.RLIM_INFINITY)
    ended = await fresh_mesh.ended(task.task_id)
    assert ended.status == pb.TASK_STATUS_COMPLETED
    assert [hop.attempt for hop in ended.hops] == [1] * len(ended.hops)
    events = await fresh_mesh.events(task.task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert (await fresh_mesh.ended((await fresh_mesh.submit(CODE)).task_id)).hops


async def test_a_stop_on_a_full_disk_loses_nothing(fresh_mesh: Mesh) -> None:
    await fresh_mesh.start(failpoints={"agent": "agent.in_hop.coder:sleep=1"})
    task = await fresh_mesh.submit(CODE)
    await fresh_mesh.hop_started(task.task_id, "coder")
    limit_files(fresh_mesh, (fresh_mesh.home / "agent" / "mesh.db-wal").stat().st_size)
    await asyncio.sleep(2)
    assert await fresh_mesh.stop("agent") == 0
    await fresh_mesh.start("agent")
    assert (await fresh_mesh.ended(task.task_id)).status == pb.TASK_STATUS_COMPLETED
