"""`mesh` as people and programs use it, on a supervised stack of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.command import CommandLine, new_command_line, processes_of

UNKNOWN_TASK = "01a1fc85-c72b-711a-becc-59c323955830"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """A command line whose stack is up."""
    command = new_command_line(tmp_path_factory.mktemp("cli"))
    started = command("up")
    assert started.status == 0, started.err
    yield command
    assert command("down").status == 0
    assert processes_of(command.home) == []


def test_the_token_is_for_its_owner_alone(mesh: CommandLine) -> None:
    assert stat.S_IMODE((mesh.home / "token").stat().st_mode) == 0o600


def test_status_names_every_service(mesh: CommandLine) -> None:
    services = mesh.services()
    assert sorted(services) == ["agent", "chroma", "llm", "tool"]
    for each in services.values():
        assert each["healthy"] is True
        assert each["pid"] > 0
        assert each["address"].startswith("127.0.0.1:")


def test_submit_waits_and_prints_the_task(mesh: CommandLine) -> None:
    correlation_id = str(uuid.uuid4())
    ran = mesh(
        "submit",
        "write a function that returns the sum of squares of even numbers",
        "--json",
        "--correlation-id",
        correlation_id,
    )
    assert ran.status == 0
    task = ran.json
    assert task["correlation_id"] == correlation_id
    assert (task["status"], task["workflow"], task["approved"]) == ("completed", "code", True)
    assert task["code"].startswith("def ")
    assert [hop["role"] for hop in task["hops"]] == ["router", "researcher", "coder", "reviewer"]
    assert [hop["attempt"] for hop in task["hops"]] == [1, 1, 1, 1]
    assert task["remaining_loops"] == 1
    assert [each["sender"] for each in task["messages"]] == [hop["role"] for hop in task["hops"]]

    shown = mesh("show", task["task_id"], "--json")
    assert shown.status == 0
    assert shown.json == task
    again = mesh("submit", task["text"], "--json", "--correlation-id", correlation_id)
    assert again.json == task

    events = [json.loads(line) for line in mesh("events", task["task_id"], "--json").out.split("\n")
              if line]  # fmt: skip
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    later = mesh("events", task["task_id"], "--json", "--from", "5").out.strip().split("\n")
    assert [json.loads(line) for line in later] == events[4:]
    assert task["task_id"] in mesh("tasks").out
    listed = [json.loads(line)["task_id"] for line in mesh("tasks", "--json").out.splitlines()]
    assert task["task_id"] in listed


def test_detach_returns_the_ids_alone(mesh: CommandLine) -> None:
    ran = mesh("submit", "hello", "--detach", "--json")
    assert sorted(ran.json) == ["correlation_id", "task_id"]
    ended = mesh("events", ran.json["task_id"], "--json").out.strip().split("\n")
    assert json.loads(ended[-1])["type"] == "completed"


def test_a_route_can_be_asked_for_and_chosen(mesh: CommandLine) -> None:
    decision = mesh("route", "hello there", "--json").json
    strict, why = {"decision", "confidence", "fallback"}, {"scores", "workflow", "reason", "closed"}
    assert set(decision) == strict | why | {"latency_ms", "failure"}
    assert decision["decision"] == "direct"
    assert mesh("submit", "hello", "--workflow", "direct", "--json").json["workflow"] == "direct"


def test_history_diff_and_fork_go_by_hops(mesh: CommandLine) -> None:
    text = "write a function that returns the sum of squares of even numbers"
    source = mesh("submit", text, "--json").json
    task_id = source["task_id"]
    listed = [json.loads(line) for line in mesh("history", task_id, "--json").out.splitlines()]
    assert [each["hop_index"] for each in listed] == [3, 2, 1, 0, None]
    assert listed[0]["next_roles"] == []
    assert listed[1]["checkpoint_id"] in mesh("history", task_id).out
    state = mesh("history", task_id, "2", "--json").json
    assert state == {**listed[1], "state": state["state"]}
    assert state["state"]["code"] == source["code"]
    assert '"code"' in mesh("history", task_id, listed[1]["checkpoint_id"][:18]).out

    changes = [
        json.loads(line) for line in mesh("diff", task_id, "1", "2", "--json").out.splitlines()
    ]
    assert [(each["path"], each["kind"]) for each in changes] == [
        ("code", "added"),
        ("hops[2]", "added"),
        ("messages[2]", "added"),
        ("note", "added"),
    ]
    assert changes[0]["after"] == source["code"]
    assert "- code" in mesh("diff", task_id, "2", "start").out
    assert mesh("diff", task_id, "1", "1").out == ""

    other = "write a function that returns the product of a list of numbers"
    arguments = ("--at", "1", "--set", f"text={other}", "--correlation-id", str(uuid.uuid4()))
    ran = mesh("fork", task_id, *arguments, "--follow", "--json")
    forked = ran.json
    assert (ran.status, forked["status"], forked["text"]) == (0, "completed", other)
    assert forked["code"] != source["code"]
    assert forked["forked_from"] == {
        "task_id": task_id,
        "checkpoint_id": listed[2]["checkpoint_id"],
    }
    assert mesh("fork", task_id, *arguments).out.strip() == forked["task_id"]
    assert f"forked from {task_id}" in mesh("events", forked["task_id"]).out
    assert task_id in mesh("show", forked["task_id"]).out
    against = mesh("diff", task_id, "1", "1", "--to-task", forked["task_id"], "--json").out
    assert "text" in [json.loads(line)["path"] for line in against.splitlines()]
    assert mesh("show", task_id, "--json").json == source

    for wrong, status in (
        (("fork", task_id, "--at", "3"), 1),
        (("fork", task_id, "--at", "7"), 1),
        (("fork", task_id, "--at", "1", "--set", "hops=[]"), 2),
        (("fork", task_id, "--at", "1", "--set", "text"), 2),
        (("fork", task_id), 2),
        (("diff", task_id, "1", listed[0]["checkpoint_id"][:4]), 2),
    ):
        refused = mesh(*wrong)
        assert (refused.status, refused.out) == (status, "")
        assert refused.err


def test_documents_are_added_found_and_removed(mesh: CommandLine, tmp_path: Path) -> None:
    document = tmp_path / "ports.md"
    document.write_text("# Ports\n\nThe agent listens on port 7400.\n", encoding="utf-8")
    assert mesh("docs", "add", str(document)).status == 0
    assert mesh("docs", "add", str(tmp_path), "--json").json["replaced"] is True
    assert document.name in mesh("docs", "list").out.replace("\n", "")
    [found] = mesh("docs", "search", "which port", "--json").out.strip().split("\n")
    assert json.loads(found)["start_line"] == 1
    answer = mesh("submit", "which port does the agent listen on?", "--json").json
    assert answer["workflow"] == "answer"
    assert "7400" in answer["result"]
    assert [source["source"] for source in answer["sources"]] == ["ports.md"]
    other = tmp_path / "other.md"
    other.write_text("# Ports\n\nThe agent listens on port 9999.\n", encoding="utf-8")
    assert mesh("docs", "add", str(other), "--collection", "two").status == 0
    asked = ("which port does the agent listen on?", "--collection", "two")
    answer = mesh("submit", *asked, "--json").json
    assert (answer["collection"], "9999" in answer["result"]) == ("two", True)
    assert mesh("submit", "hi", "--collection", "no/name").status == 2
    assert mesh("docs", "remove", str(tmp_path / "x" / ".." / "ports.md")).status == 0
    assert mesh("docs", "remove", str(document)).status == 1


def test_tools_are_listed_and_called(mesh: CommandLine) -> None:
    names = [json.loads(line)["name"] for line in mesh("tools", "list", "--json").out.splitlines()]
    assert {"calculator", "run_python", "read_file", "write_file", "current_time"} <= set(names)
    called = mesh("tools", "call", "calculator", '{"expression": "6 * 7"}', "--json")
    assert (called.status, called.json["output"]) == (0, "42")
    assert mesh("tools", "call", "calculator", '{"expression": "1 / 0"}').status == 1


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("submit", " "), 2),
        (("submit", "hi", "--correlation-id", "7"), 2),
        (("submit", "hi", "--workflow", "nowhere"), 2),
        (("submit", "hi", "--timeout", "nan"), 2),
        (("submit", "hi", "--timeout", "inf"), 2),
        (("submit", "hi", "--timeout", "1e300"), 2),
        (("submit", "hi", "there"), 2),
        (("sumbit", "hi"), 2),
        (("events", UNKNOWN_TASK, "--from", str(2**70)), 2),
        (("tasks", "--limit", str(2**70)), 2),
        (("show", "nonsense"), 2),
        (("show", UNKNOWN_TASK), 1),
        (("events", UNKNOWN_TASK), 1),
        (("cancel", UNKNOWN_TASK), 1),
        (("history", UNKNOWN_TASK), 1),
        (("history", "nonsense"), 2),
        (("diff", UNKNOWN_TASK, "0", "1"), 1),
        (("fork", UNKNOWN_TASK, "--at", "1"), 1),
        (("tasks", "--status", "odd"), 2),
        (("docs", "add", "/no/such/file"), 2),
        (("tools", "call", "calculator", "{"), 2),
        (("tools", "call", "calculator", '{"expression": 3}'), 2),
        (("tools", "call", "launch"), 1),
        (("nonsense",), 2),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(
    mesh: CommandLine, arguments: tuple[str, ...], status: int
) -> None:
    ran = mesh(*arguments)
    assert ran.status == status
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith("mesh: ")


def test_doctor_finds_nothing_wrong(mesh: CommandLine) -> None:
    ran = mesh("doctor", "--json")
    findings = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0
    assert {each["outcome"] for each in findings} <= {"ok", "warning"}


async def test_the_supervisor_brings_a_killed_agent_back_and_its_task_goes_on(
    mesh: CommandLine,
) -> None:
    pid = mesh.services()["agent"]["pid"]
    os.kill(pid, signal.SIGKILL)
    task = await asyncio.to_thread(mesh, "submit", "hello", "--json")
    assert task.json["status"] == "completed"
    assert mesh.services()["agent"]["pid"] != pid


def test_up_again_changes_nothing(mesh: CommandLine) -> None:
    before = {name: each["pid"] for name, each in mesh.services().items()}
    again = mesh("up")
    assert (again.status, "already" in again.out) == (0, True)
    assert {name: each["pid"] for name, each in mesh.services().items()} == before


def test_two_stacks_live_side_by_side_and_a_task_survives_down_and_up(
    mesh: CommandLine, tmp_path: Path
) -> None:
    other = new_command_line(tmp_path)
    try:
        assert other("up").status == 0
        task = other("submit", "hello", "--json").json
        assert mesh("show", task["task_id"]).status == 1
        assert other("down").status == 0
        assert other("status").status == 1
        assert other("up").status == 0
        assert other("show", task["task_id"], "--json").json == task
    finally:
        other("down")
    assert processes_of(other.home) == []
    assert mesh("status").status == 0


def test_a_port_in_use_and_a_bad_model_leave_nothing_running(
    mesh: CommandLine, tmp_path: Path
) -> None:
    taken = CommandLine(tmp_path / "taken", mesh.port_base)
    ran = taken("up")
    assert ran.status == 1
    assert "MESH_PORT_BASE" in ran.err
    broken = new_command_line(tmp_path)
    (tmp_path / "fake.gguf").write_text("no model", encoding="utf-8")
    began = time.monotonic()
    ran = broken("up", LLM_MODEL_PATH=str(tmp_path / "fake.gguf"))
    assert ran.status == 1
    assert "LLM_MODEL_PATH" in ran.err.replace("\n", "")
    assert time.monotonic() - began < 60
    assert processes_of(broken.home) == processes_of(taken.home) == []


def test_without_a_stack_the_line_says_so(tmp_path: Path) -> None:
    command = new_command_line(tmp_path)
    assert "mesh up" in command("submit", "hello").err
    command.home.mkdir()
    (command.home / "token").write_text("x", encoding="utf-8")
    ran = command("submit", "hello")
    assert ran.status == 1
    assert "mesh up" in ran.err


def test_a_list_is_a_line_a_task_into_a_pipe_and_whole_as_json(mesh: CommandLine) -> None:
    long = f"say hello\n{'and so on ' * 4000}"
    task = mesh("submit", long, "--workflow", "direct", "--json").json
    lines = mesh("tasks", "--limit", "1000").out.splitlines()
    listed = [json.loads(line) for line in mesh("tasks", "--limit", "1000", "--json").out.split("\n") if line]  # fmt: skip  # noqa: E501
    assert [line.split()[0] for line in lines] == ["TASK", *(each["task_id"] for each in listed)]
    assert max(map(len, lines)) <= 180
    assert [line.split("  ")[-1] for line in lines if task["task_id"] in line] == ["say hello …"]
    assert [each["text"] for each in listed if each["task_id"] == task["task_id"]] == [long]
