"""A real agent process asks for a text and for JSON, and is killed around each answer."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from core.errors import Cancelled, InvalidInput, Unavailable
from core.ports import JsonAnswer, TextAnswer
from shared.clients import is_serving
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from tests.integration.asking_agent import FORMS
from tests.integration.command import CommandLine, Ran
from tests.integration.mesh import Mesh

ANN = "Ann “née” Smith 💥"
FORM = {"lines": 3, "name": None, "ü": [1, 2.5, True]}


class AskingMesh(Mesh):
    """An agent whose workflow `poem` asks."""

    def module_of(self, name: str) -> str:
        """The module of that agent."""
        return "tests.integration.asking_agent"

    async def start_to_die_at(self, failpoint: str) -> None:
        """Start the agent and kill it where it passes ``failpoint``, be it for the second time."""
        (self.home / f"failpoint-{failpoint}").unlink(missing_ok=True)
        self.spawn("agent", f"{failpoint}:kill")
        process = self._processes["agent"]
        async with asyncio.timeout(60), self.channel("agent") as channel:
            while process.poll() is None and not await is_serving(channel):
                await asyncio.sleep(0.05)

    async def asks(self, task_id: str) -> pb.Question:
        """Wait until a task asks, and return the question."""
        task = await self.ended(task_id)
        assert task.status == pb.TASK_STATUS_INPUT_REQUIRED
        return task.question


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[AskingMesh]:
    """The mesh of that agent alone, not started."""
    mesh = AskingMesh(tmp_path / "home")
    yield mesh
    mesh.stop_all()


@pytest.mark.parametrize("commit", ["agent.respond.before_commit", "agent.respond.after_commit"])
async def test_an_agent_that_is_killed_around_each_answer_asks_once_and_ends(
    mesh: AskingMesh, commit: str
) -> None:
    await mesh.start_to_die_at(commit)
    task_id = (await mesh.submit("a poem", "poem")).task_id
    for answer in (TextAnswer(ANN), JsonAnswer(FORM)):
        question = await mesh.asks(task_id)
        async with mesh.agent() as client:
            with pytest.raises((Unavailable, Cancelled)):
                await client.respond(task_id, answer, question.call_id)
            await mesh.exited("agent")
            # Killed once more, when the hop has its answer and has left no trace yet.
            await mesh.start_to_die_at("agent.checkpoint.before_commit")
            with contextlib.suppress(Unavailable, Cancelled):
                await client.respond(task_id, answer, question.call_id)
            await mesh.exited("agent")
            await mesh.start_to_die_at(commit)
    task = await mesh.ended(task_id)
    assert task.status == pb.TASK_STATUS_COMPLETED
    assert json.loads(task.result) == [ANN, FORM]
    events = await mesh.events(task_id)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    kinds = [event.type for event in events]
    assert kinds.count(pb.EVENT_TYPE_INPUT_REQUIRED) == kinds.count(pb.EVENT_TYPE_RESPONDED) == 2


@pytest.fixture
def command(mesh: AskingMesh) -> CommandLine:
    """The command line of that mesh."""
    return CommandLine(mesh.home, mesh.port_base)


def answer_line(shown: Ran) -> str:
    [line] = [each for each in shown.out.splitlines() if each.startswith("Answer with: ")]
    return line.removeprefix("Answer with: mesh ")


async def test_a_person_answers_with_the_command_that_is_shown(
    mesh: AskingMesh, command: CommandLine
) -> None:
    await mesh.start("agent")
    ran = command("submit", "a poem", "--workflow", "poem")
    assert ran.status == 3
    assert "asks: For whom is the poem?" in ran.out
    words = answer_line(ran).split()
    task_id = words[1]
    refused = command(*words[:-2], "--value", "1")
    assert (refused.status, refused.out) == (2, "")
    assert (
        refused.err == f"mesh: the question of task {task_id} takes a text, and not a JSON value\n"
    )
    assert command(*words[:-2], "--value", "{").status == 2
    ran = command(*words[:-1], ANN)
    assert ran.status == 3
    assert f"answered: {ANN}" in ran.out
    # The first answer again, as by who got no response: the second question still waits.
    assert command(*words[:-1], ANN, "--detach").out == f"{task_id} is input_required\n"
    shown = command("show", task_id)
    assert shown.status == 3
    for form in FORMS:
        assert f'"{form}"' in shown.out
    assert command("show", task_id, "--json").json["question"]["payload"] == FORMS
    words = answer_line(shown).split()
    ran = command(*words[:-1], json.dumps(FORM), "--json")
    assert (ran.status, json.loads(ran.json["result"])) == (0, [ANN, FORM])
    assert ran.json["question"] is None
    late = command("respond", task_id, "--happened")
    assert (late.status, "was answered otherwise (WRONG_STATE)" in late.err) == (1, True)


async def test_another_kind_is_invalid_argument_on_the_wire(mesh: AskingMesh) -> None:
    await mesh.start("agent")
    task_id = (await mesh.submit("a poem", "poem")).task_id
    await mesh.asks(task_id)
    async with mesh.agent() as client:
        with pytest.raises(InvalidInput) as refused:
            await client.respond(task_id, JsonAnswer("Ann"))
    cause = refused.value.__cause__
    assert isinstance(cause, grpc.aio.AioRpcError)
    assert cause.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.field == "answer"
    assert (await mesh.asks(task_id)).text == "For whom is the poem?"
