"""Databases of older versions are brought forward, and their tasks go on."""

from __future__ import annotations

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent_service.fronts.grpc.protobuf import event_to_proto, message_to_proto
from agent_service.storage.records import Submission, TaskEvent, TaskStatus
from agent_service.storage.sqlite.schema import SCHEMA
from core.errors import OutcomeUnknown, StartupError, WrongState
from core.graph import build_workflow
from core.ports import AnswerKind, EffectAnswer, Question
from core.state import initial_state
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.sqlite import open_database
from tests.hops import services_of

from .conftest import StartAgent, World

OLD_SCHEMA = Path(__file__).parent / "old_schemas" / "1.sql"
TASK_ID = "01890000-0000-7000-8000-000000000001"
INSERT = """
INSERT INTO tasks (task_id, correlation_id, request_digest, context_id, text, requested_route,
                   status, remaining_loops, created_at, updated_at)
VALUES (?, ?, '', '', 'double a number', '', 'running', 2, '2026-01-01', '2026-01-01')
"""


async def write_version_1(path: Path) -> None:
    """Write a database as version 1 did, with a task that was cut after its second hop."""
    connection = sqlite3.connect(path)
    connection.executescript(OLD_SCHEMA.read_text(encoding="utf-8"))
    connection.execute(INSERT, (TASK_ID, str(uuid.uuid4())))
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    world = World()
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        workflow = build_workflow(services_of(world), saver)
        start = initial_state(
            task_id=TASK_ID,
            correlation_id=str(uuid.uuid4()),
            text="double a number",
            requested_workflow="",
            max_review_cycles=2,
        )
        config = {"configurable": {"thread_id": TASK_ID}}
        await workflow.ainvoke(start, config, interrupt_before=["coder"], durability="sync")


async def test_a_task_of_version_1_goes_on(tmp_path: Path, start_agent: StartAgent) -> None:
    await write_version_1(tmp_path / "mesh.db")
    world = World()
    async with start_agent(world) as agent:
        task = await agent.ended(TASK_ID)
        assert task.status is TaskStatus.COMPLETED
        assert [hop["role"] for hop in task.progress.hops] == [
            "router",
            "researcher",
            "coder",
            "reviewer",
        ]
        assert not any(":0:" in call or ":1:" in call for call in world.calls.ids)
        new = await agent.storage.queue.submit(Submission("double a number", str(uuid.uuid4())))
        agent.runner.notify()
        assert (await agent.ended(new.task_id)).status is TaskStatus.COMPLETED


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mesh.db"
    await write_version_1(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE checkpoints SET checkpoint = x'c1'")
    connection.commit()
    before = "\n".join(connection.iterdump())
    connection.close()
    with pytest.raises(StartupError, match="cannot be brought forward"):
        async with open_database(path, SCHEMA):
            pass
    connection = sqlite3.connect(path)
    assert "\n".join(connection.iterdump()) == before
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()


def in_present_words(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row of an event with its detail read; what was a route is a workflow now."""
    detail = json.loads(row[-1])
    renamed = {"workflow" if name == "route" else name: value for name, value in detail.items()}
    return (*row[:-1], renamed)


CUT_BY_VERSION_2 = "01a21555-ef03-74d7-8307-9d9ff14483f7"


async def test_a_task_that_version_2_cut_goes_on(tmp_path: Path, start_agent: StartAgent) -> None:
    connection = sqlite3.connect(tmp_path / "mesh.db")
    connection.executescript((OLD_SCHEMA.parent / "2.sql").read_text(encoding="utf-8"))
    old = connection.execute("SELECT * FROM events ORDER BY task_id, sequence").fetchall()
    connection.close()
    world = World()
    async with start_agent(world) as agent:
        task = await agent.ended(CUT_BY_VERSION_2)
        assert task.status is TaskStatus.COMPLETED
        assert task.collection == ""
        hops = [(hop["index"], hop["attempt"]) for hop in task.progress.hops]
        assert hops == [(0, 1), (1, 1), (2, 2), (3, 1)]
        assert not any(":0:" in call or ":1:" in call for call in world.calls.ids)
        new = await agent.database.read("SELECT * FROM events ORDER BY task_id, sequence")
        kept = [tuple(row)[1:] for row in new if (row["task_id"], row["sequence"]) in
                {(each[0], each[1]) for each in old}]  # fmt: skip
        assert [in_present_words(each) for each in kept] == [in_present_words(each) for each in old]
        assert not any("route" in json.loads(each[-1]) for each in kept)
        assert task.workflow == "code"
        messages = [message_to_proto(each) for each in await agent.desk.messages(task.task_id)]
        assert [each.WhichOneof("content") for each in messages] == [
            *("task_assigned", "passages", "code", "result"),
        ]
        assert messages[0].task_assigned.workflow == "code"
        place = pb.Citation(source="a.md", start_line=1, end_line=2)
        assert list(messages[1].passages.places) == [place]
        told = [event_to_proto(TaskEvent.from_row(dict(row))) for row in new]
        found = [each.hop_completed.passages.places for each in told if each.role == "researcher"]
        assert [place] in map(list, found)
        positions = [row["position"] for row in sorted(new, key=lambda row: str(row["at"]))]
        assert positions == sorted(set(positions))


CUT_BY_VERSION_3 = "01a216df-58a4-751a-9d00-063a886a779f"


async def test_what_version_3_understood_is_known_to_the_review_that_goes_on(
    tmp_path: Path, start_agent: StartAgent
) -> None:
    connection = sqlite3.connect(tmp_path / "mesh.db")
    connection.executescript((OLD_SCHEMA.parent / "3.sql").read_text(encoding="utf-8"))
    connection.close()
    world = World()
    async with start_agent(world) as agent:
        task = await agent.ended(CUT_BY_VERSION_3)
        assert task.status is TaskStatus.COMPLETED
        assert [(hop["index"], hop["attempt"]) for hop in task.progress.hops][-1] == (3, 2)
        # The model is asked for no assertions: those of what was meant are there.
        assert world.calls.ids == [f"{CUT_BY_VERSION_3}:3:check"]
        assert task.progress.result == (
            "The code passed its review. "
            "It was understood as: write a function called double that doubles a number.\n"
            "Nothing checks what the request says of '6.00'.\n"
            "Checked with:\nassert f(3) == 6"
        )
        config = {"configurable": {"thread_id": CUT_BY_VERSION_3}}
        async for kept in agent.workflow.aget_state_history(config):
            assert ("note" in kept.values) is (len(kept.values.get("hops", [])) > 2)


ENDED_BY_5 = "01a218b2-51d1-740c-a85b-1411cb80b965"
ASKED_BY_5 = "01a218b2-5218-7428-b002-2783c048f213"
CUT_BY_5 = "01a218b2-5241-718e-88df-4e6df2ca7b4e"


def version_5(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript((OLD_SCHEMA.parent / "5.sql").read_text(encoding="utf-8"))
    connection.close()


@pytest.mark.parametrize("named", [True, False])
async def test_a_task_that_waited_under_version_5_takes_its_answer(
    tmp_path: Path, start_agent: StartAgent, named: bool
) -> None:
    version_5(tmp_path / "mesh.db")
    call_id = f"{ASKED_BY_5}:3:check"
    world = World(results=[OutcomeUnknown("a crash cut the call")])
    async with start_agent(world) as agent:
        task = await agent.desk.get(ASKED_BY_5)
        assert task.status is TaskStatus.INPUT_REQUIRED
        assert (task.failure_reason, task.failure_message) == ("", "")
        assert task.question == Question(
            f"a crash cut the call {call_id} of check_python, and nobody can tell whether “its” "
            "effect happened. Did its effect happen?",
            call_id,
            AnswerKind.EFFECT,
        )
        answer = EffectAnswer(False, "as seen")
        await agent.desk.answer(ASKED_BY_5, answer, call_id if named else "")
        ended = await agent.ended(ASKED_BY_5)
        assert (ended.status, ended.answers) == (TaskStatus.COMPLETED, {call_id: answer})
        assert (await agent.desk.answer(ASKED_BY_5, answer)).status is TaskStatus.COMPLETED


async def test_what_was_answered_under_version_5_is_known(
    tmp_path: Path, start_agent: StartAgent
) -> None:
    version_5(tmp_path / "mesh.db")
    said = {ENDED_BY_5: EffectAnswer(True, "as 'seen'"), CUT_BY_5: EffectAnswer(False)}
    world = World()
    async with start_agent(world) as agent:
        for task_id, answer in said.items():
            call_id = f"{task_id}:3:check"
            task = await agent.ended(task_id)
            assert (task.status, task.answers) == (TaskStatus.COMPLETED, {call_id: answer})
            assert (await agent.desk.answer(task_id, answer, call_id)).answers == task.answers
            events = await agent.storage.events.read(task_id, 1)
            details = {each.type.value: dict(each.detail) for each in events}
            effect = {"happened": answer.happened, "output": answer.output}
            assert details["responded"] == {"call_id": call_id, "answer": {"effect": effect}}
            assert details["input_required"]["kind"] == "effect"
            assert [each.sequence for each in events] == list(range(1, len(events) + 1))
        with pytest.raises(WrongState, match="answered otherwise"):
            await agent.desk.answer(ENDED_BY_5, EffectAnswer(False))
    # The cut task went on where it was: what was answered is asked of nobody again.
    assert [each for each in world.calls.ids if CUT_BY_5 in each] == [f"{CUT_BY_5}:3:check"]
