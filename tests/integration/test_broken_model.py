"""A model file that is damaged under a running mesh: that is said, tasks wait, and then go on."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from core.errors import MeshError, Unavailable
from core.ports import CallContext, ChatMessage, GenerationSettings
from llm_service.config import BUNDLED_MODEL
from shared.clients import AgentClient, LlmClient, is_serving, open_channel
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.settings import CommonSettings
from tests.integration.command import CommandLine, new_command_line, processes_of

CANNOT_LOAD = "cannot be loaded"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file of the test's own."""
    return Path(shutil.copyfile(BUNDLED_MODEL, tmp_path / "model.gguf"))


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line whose stack is not up; it leaves nothing behind."""
    command = new_command_line(tmp_path)
    yield command
    command("down")
    assert processes_of(command.home) == []


def write_in_place(path: Path, content: bytes) -> None:
    """Change a file that others have open, without a moment in which it is empty."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


async def generate(client: LlmClient, seconds: float = 30.0) -> MeshError:
    """Generate again and again until that fails; return what it failed with."""
    settings = GenerationSettings(max_tokens=400)
    async with asyncio.timeout(seconds):
        while True:
            context = CallContext(f"direct:{uuid.uuid4()}", "", "", deadline_seconds=20)
            try:
                await client.generate([ChatMessage("user", "hello")], settings, context)
            except MeshError as error:
                return error


async def until_healthy(channel: grpc.aio.Channel, *, healthy: bool) -> None:
    """Wait until the LLM service serves, or does not."""
    async with asyncio.timeout(40):
        while await is_serving(channel) is not healthy:
            await asyncio.sleep(0.05)


async def submit(agent: AgentClient) -> str:
    """Submit a task; return its id."""
    request = pb.SubmitTaskRequest(text="hello", correlation_id=str(uuid.uuid4()))
    return (await agent.submit(request)).task_id


async def kinds(agent: AgentClient, task_id: str) -> list[int]:
    """Wait for the end of a task; return the types of its events."""
    async with asyncio.timeout(40):
        return [each.event.type async for each in agent.watch(task_id) if each.HasField("event")]


def said(mesh: CommandLine) -> list[str]:
    """Return what the LLM service said of its own failures."""
    log = (mesh.home / "logs" / "llm.log").read_text(encoding="utf-8", errors="replace")
    return [line for line in log.splitlines() if line.startswith("llm: ")]


def test_up_says_at_once_what_is_wrong_and_leaves_nothing(mesh: CommandLine, model: Path) -> None:
    write_in_place(model, BUNDLED_MODEL.read_bytes()[:-1])
    ran = mesh("up", LLM_MODEL_PATH=str(model))
    assert ran.status == 1
    assert f"LLM_MODEL_PATH={model} {CANNOT_LOAD}" in ran.err.replace("\n", "")
    assert len(said(mesh)) == 1
    assert processes_of(mesh.home) == []


async def test_tasks_wait_for_a_damaged_file_to_be_mended(mesh: CommandLine, model: Path) -> None:
    whole = model.read_bytes()
    started = mesh("up", LLM_MODEL_PATH=str(model))
    assert started.status == 0, started.err
    settings = CommonSettings(mesh_home=mesh.home, mesh_port_base=mesh.port_base)
    async with (
        open_channel(settings.address_of("llm"), settings) as llm,
        open_channel(settings.address_of("agent"), settings) as channel,
    ):
        agent = AgentClient(channel)
        failing = asyncio.create_task(generate(LlmClient(llm)))
        await asyncio.sleep(0.2)
        write_in_place(model, whole[: len(whole) // 2])
        broken = time.monotonic()
        assert isinstance(await failing, Unavailable)
        await until_healthy(llm, healthy=False)
        tasks = [await submit(agent) for _ in range(3)]
        await asyncio.to_thread(reports_the_file, mesh, model)
        assert [(await agent.get(each)).status for each in tasks] == [pb.TASK_STATUS_RUNNING] * 3
        tries = len([line for line in said(mesh) if CANNOT_LOAD in line])
        # Each waits a second longer; `mesh up` adds one.
        assert (tries - 1) * (tries - 2) / 2 <= time.monotonic() - broken

        write_in_place(model, whole)
        await until_healthy(llm, healthy=True)
        for each in tasks:
            seen = await kinds(agent, each)
            assert seen[-1] == pb.EVENT_TYPE_COMPLETED
            assert seen.count(pb.EVENT_TYPE_WAITING) == 1
    assert mesh.services()["llm"]["reason"] == ""


def reports_the_file(mesh: CommandLine, model: Path) -> None:
    """Look at what status, doctor and up say of a model that is damaged."""
    until = time.monotonic() + 30
    while not any(CANNOT_LOAD in line for line in said(mesh)):
        assert time.monotonic() < until
        time.sleep(0.05)
    status = mesh("status")
    why = f"LLM_MODEL_PATH={model} {CANNOT_LOAD}"
    assert (status.status, why in status.out.replace("\n", "")) == (1, True)
    found = mesh.services()["llm"]
    assert found["state"] in ("backoff", "starting") and found["healthy"] is False
    assert found["reason"].startswith(why)
    findings = [json.loads(line) for line in mesh("doctor", "--json").out.splitlines()]
    [stack] = [each for each in findings if each["check"] == "stack"]
    assert (stack["outcome"], why in stack["detail"]) == ("failed", True)
    refused = mesh("up")
    assert (refused.status, why in refused.err.replace("\n", "")) == (1, True)
