"""The scenes of the demonstration, each on real processes over gRPC."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from rich.rule import Rule
from rich.text import Text

from cli.connection import channel
from cli.demo.checks import Checks
from cli.following import Following, submit_for_sure
from cli.output import console
from cli.stack.stack import Stack
from cli.view.event_view import event_line
from cli.view.task_view import print_result
from shared.clients import AgentClient, KnowledgeClient
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

_WIDTH = 100  # a pipe is wider than anybody's page


async def start(stack: Stack) -> None:
    """Start the four services."""
    _title("Four services start as supervised processes")
    began = time.monotonic()
    await stack.up(120, lambda _: None)
    for service in await stack.status():
        _tick(f"{service.name:7} pid {service.pid}  {service.address}")
    console.print(f"  healthy after {time.monotonic() - began:.1f} s", style="dim")


async def ingest(files: Sequence[Path], checks: Checks) -> None:
    """Ingest the project's own documents."""
    _title("The project's own documents go into Chroma")
    passages = 0
    async with channel("chroma") as opened:
        client = KnowledgeClient(opened)
        for path in files:
            content = await asyncio.to_thread(path.read_bytes)
            answer = await client.ingest(path.name, content)
            passages += answer.source.passages
            _tick(f"{path.name}: {answer.source.passages} passages")
    checks.expect(f"{len(files)} documents were ingested as {passages} passages", held=passages > 0)


async def ask(question: str, checks: Checks) -> None:
    """Ask a question about the documents."""
    _title("A question about them")
    console.print(f"  > {question}", style="bold")
    task = await _run(question)
    cited = ", ".join(f"{s.source}:{s.start_line}-{s.end_line}" for s in task.sources)
    answered = task.status == pb.TASK_STATUS_COMPLETED and bool(task.sources)
    checks.expect(f"the question was answered from {cited or 'nothing'}", held=answered)


async def survive(wish: str, stack: Stack, checks: Checks) -> None:
    """Run a code task, kill the agent in its middle, and see the task end well."""
    _title("A code task, and kill -9 in the middle of it")
    console.print(f"  > {wish}", style="bold")
    before = await _agent_pid(stack)
    killed = 0.0
    async with channel("agent") as opened:
        client = AgentClient(opened)
        task = await submit_for_sure(client, _request(wish))
        following = Following(client, task.task_id)
        started = 0.0
        sequences: list[int] = []
        recovered_after = 0.0
        async for event in following.events():
            sequences.append(event.sequence)
            started = started or _seconds(event)
            console.print("  ", event_line(event, started), sep="")
            if event.type == pb.EVENT_TYPE_RECOVERED:
                recovered_after = _seconds(event) - killed
            if event.type == pb.EVENT_TYPE_HOP_STARTED and event.role == "reviewer":
                if killed:
                    continue
                await asyncio.sleep(0.5)  # the review has called its tool by now
                killed = time.time()
                os.kill(before, signal.SIGKILL)
                kill = (f"✗ kill -9 {before}", "bold red")
                console.print(Text.assemble(" " * 13, kill, " (the agent)"))
    ended = following.ended or task
    print_result(console, ended)
    _judge(ended, sequences, recovered_after, checks)
    after = await _agent_pid(stack)
    checks.expect(f"the supervisor replaced agent {before} by {after}", held=after != before)


def _judge(task: pb.Task, sequences: list[int], recovered_after: float, checks: Checks) -> None:
    attempts = {hop.index: hop.attempt for hop in task.hops}
    cut = [index for index, attempt in attempts.items() if attempt == 2]
    checks.expect(
        f"the task went on {recovered_after:.1f} s after the kill", held=recovered_after > 0
    )
    checks.expect(
        f"of {len(attempts)} hops only the cut one ran again (hop {cut[0] if cut else '?'})",
        held=len(cut) == 1 and sum(attempts.values()) == len(attempts) + 1,
    )
    checks.expect(
        f"its {len(sequences)} events came without a gap and without a double",
        held=sequences == list(range(1, len(sequences) + 1)),
    )
    checks.expect(
        "the code was run against assertions and approved",
        held=task.status == pb.TASK_STATUS_COMPLETED and task.approved,
    )


async def _run(text: str) -> pb.Task:
    async with channel("agent") as opened:
        client = AgentClient(opened)
        task = await submit_for_sure(client, _request(text))
        following = Following(client, task.task_id)
        started = 0.0
        async for event in following.events():
            started = started or _seconds(event)
            console.print("  ", event_line(event, started), sep="")
        ended = following.ended or task
    print_result(console, ended)
    return ended


async def _agent_pid(stack: Stack) -> int:
    [agent] = [each for each in await stack.status() if each.name == "agent"]
    return agent.pid


def _request(text: str) -> pb.SubmitTaskRequest:
    return pb.SubmitTaskRequest(text=text, correlation_id=str(uuid.uuid4()))


def _seconds(event: pb.TaskEvent) -> float:
    return event.at.seconds + event.at.nanos / 1e9


def _title(text: str) -> None:
    console.print()
    title = Rule(Text(text, "bold"), align="left")
    console.print(title, width=min(console.width, _WIDTH))


def _tick(text: str) -> None:
    console.print(Text.assemble("  ", ("✓", "green"), f" {text}"))
