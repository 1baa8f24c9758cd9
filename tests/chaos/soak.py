"""Many tasks through the real mesh: ``python -m tests.chaos.soak [--tasks 2000]``.

Prints memory and open files of the agent on the way; exits with 1 when, after the last task, its
memory is more than a tenth above what it was after the first 200, or it holds more files open.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from shared.clients import AgentClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.chaos.workload import ASK, CODE, DOCUMENT, HELLO, Job
from tests.integration.mesh import Mesh

_WARM_UP = 200
_AT_ONCE = 8
_GROWTH = 1.10
_JOBS = (HELLO, ASK, HELLO, CODE, HELLO, Job("what is 12 * 7?", "tool"))


@dataclass(frozen=True)
class Size:
    """What a process takes: resident bytes, and open files and sockets."""

    tasks: int
    resident: int
    files: int

    def __str__(self) -> str:
        """As a line."""
        return f"{self.tasks:6} tasks  {self.resident / 2**20:8.1f} MiB  {self.files:4} files"


async def soak(mesh: Mesh, tasks: int) -> list[Size]:
    """Run ``tasks`` tasks; return the size of the agent after each tenth, and after the 200th."""
    await mesh.start()
    await mesh.ingest("ports.md", DOCUMENT)
    process = psutil.Process(mesh.pid("agent"))
    stops = sorted({_WARM_UP, *range(tasks // 10, tasks + 1, tasks // 10)})
    sizes: list[Size] = []
    done = 0
    async with mesh.agent() as client:
        for stop in stops:
            await _run(client, done, stop)
            done = stop
            await asyncio.sleep(1)
            sizes.append(Size(done, process.memory_info().rss, process.num_fds()))
            sys.stdout.write(f"{sizes[-1]}\n")
            sys.stdout.flush()
    return sizes


async def _run(client: AgentClient, first: int, last: int) -> None:
    numbers = iter(range(first, last))

    async def worker() -> None:
        for number in numbers:
            job = _JOBS[number % len(_JOBS)]
            request = pb.SubmitTaskRequest(text=job.text, workflow=job.workflow)
            ended = pb.TASK_STATUS_UNSPECIFIED
            async for response in client.run(request):
                ended = response.task.status or ended
            if ended != pb.TASK_STATUS_COMPLETED:
                raise RuntimeError(f"{job.text!r} ended as {pb.TaskStatus.Name(ended)}")

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(worker())


def main() -> int:
    """Soak, and judge."""
    parser = argparse.ArgumentParser(description="Run many tasks and watch the agent's size.")
    parser.add_argument("--tasks", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mesh-soak-") as folder:
        mesh = Mesh(Path(folder))
        try:
            sizes = asyncio.run(soak(mesh, options.tasks))
        finally:
            mesh.stop_all()
    after_warm_up = next(size for size in sizes if size.tasks == _WARM_UP)
    growth = sizes[-1].resident / after_warm_up.resident
    files = sizes[-1].files - after_warm_up.files
    sys.stdout.write(f"memory {growth - 1:+.1%}, open files {files:+d} since the 200th task\n")
    return 0 if growth <= _GROWTH and files <= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
