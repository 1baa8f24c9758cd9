"""All that the views make of hostile data is harmless, and nothing writes around the console."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Value
from rich.console import RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.demo.checks import Checks
from cli.output import SafeConsole
from cli.view.engine_view import away_view, engine_view
from cli.view.event_view import event_line
from cli.view.history_view import change_lines, checkpoint_table
from cli.view.scores_view import score_lines
from cli.view.task_view import details, print_result, task_table
from shared.clients.structs import to_value
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.pb.mesh.llm.v1 import llm_service_pb2 as llm

CLI = Path(__file__).parents[3] / "cli"
HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31mred",
    "\x9b31m \x9d8;;x\x9c \x85",
    "over\rwritten \x08\x7f\x00",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "[red]x[/] [link=http://localhost]click[/link] [/] :bomb: [bold",
]
STYLES = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def filled(message: Message, text: str) -> Message:
    """Set every text of a message, at any depth, to ``text``."""
    for field in message.DESCRIPTOR.fields:
        if field.message_type and field.message_type.GetOptions().map_entry:
            continue
        if field.containing_oneof and len(field.containing_oneof.fields) > 1:
            continue
        value = text if field.type == field.TYPE_STRING else None
        if field.message_type is Value.DESCRIPTOR:
            getattr(message, field.name).CopyFrom(to_value({text: [text, f"{text}\n{text}"]}))
        elif field.is_repeated and field.message_type:
            filled(getattr(message, field.name).add(), text)
        elif field.is_repeated and value:
            getattr(message, field.name).append(value)
        elif value:
            setattr(message, field.name, value)
    return message


def pictures(text: str) -> Iterator[RenderableType]:
    """Yield what every view makes of a message that is full of ``text``."""
    task = pb.Task(status=pb.TASK_STATUS_FAILED)
    filled(task, text)
    task.route_scores[text] = 0.5
    message = pb.AgentMessage()
    filled(filled(message, text).code, text)
    yield details(task, [message])
    yield task_table([task], 0.0)
    yield from map(line_of, event_kinds(text))
    checkpoint = pb.Checkpoint()
    filled(checkpoint, text)
    yield checkpoint_table([checkpoint])
    for change in pb.ChangeKind.values()[1:]:
        yield from change_lines(filled_change(change, text))
    yield from score_lines({text: 0.5}, {text: text})
    yield engine_view(text, llm.GetEngineResponse(slots=1))
    yield away_view(text, 1.0, text)
    checks = Checks()
    checks.expect(text, held=True)
    yield checks.report()
    yield text
    yield Text(text)


def event_kinds(text: str) -> Iterator[pb.TaskEvent]:
    """Yield an event of every type, those without a detail first, full of ``text``."""
    for kind in pb.EventType.values():
        yield filled(pb.TaskEvent(type=kind), text)
    for name in (field.name for field in pb.TaskEvent.DESCRIPTOR.oneofs_by_name["detail"].fields):
        event = pb.TaskEvent(type=f"EVENT_TYPE_{name.upper()}")
        filled(getattr(filled(event, text), name), text)
        if name == "input_required":
            event.input_required.question.text = text
        if name == "responded":
            event.responded.answer.text = text
        yield event


def line_of(event: pb.TaskEvent) -> Text:
    return event_line(event, 0.0)


def filled_change(kind: int, text: str) -> pb.StateChange:
    change = pb.StateChange(kind=kind)
    filled(change, text)
    return change


def shown(console: SafeConsole) -> str:
    assert isinstance(console.file, io.StringIO)
    return STYLES.sub("", console.file.getvalue())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("width", [30, 300])
def test_no_view_lets_a_terminal_obey_data(text: str, terminal: bool, width: int) -> None:
    console = SafeConsole(file=io.StringIO(), force_terminal=terminal, width=width)
    for picture in pictures(text):
        if isinstance(picture, Table):
            console.print_table(picture)
        console.print(picture, soft_wrap=width > 100)
    task = pb.Task(status=pb.TASK_STATUS_INPUT_REQUIRED)
    filled(task, text)
    filled(task.question, text)
    print_result(console, task)
    assert OBEYED.findall(shown(console)) == []
    if width == 300 and text.startswith("[red]"):
        assert "[red]x[/]" in shown(console)
        assert "click[/link] [/] :bomb: [bold" in shown(console)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_live_view_moves_the_cursor_itself_and_lets_no_data_do_so(text: str) -> None:
    console = SafeConsole(file=io.StringIO(), force_terminal=True, width=100)
    with Live(engine_view("model", llm.GetEngineResponse()), console=console) as live:
        for _ in range(2):
            live.update(engine_view(text, llm.GetEngineResponse(slots=1)), refresh=True)
            live.update(away_view(text, 1.0, text), refresh=True)
    own = re.compile(r"\x1b\[(\?25[lh]|1A|2K)|\r(?=\x1b)|\r\Z")
    assert OBEYED.findall(own.sub("", shown(console))) == []


def test_a_pipe_gets_a_line_a_row_however_wide_the_terminal_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    tasks = [pb.Task(task_id=f"{n}", text="word " * 200, status=1) for n in range(20)]
    console = SafeConsole(file=io.StringIO())
    console.print_table(task_table(tasks, 0.0))
    lines = shown(console).splitlines()
    assert len(lines) == 21
    assert max(map(len, lines)) < 180
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_a_terminal_gets_a_line_a_task_with_every_column(width: int) -> None:
    text = "write a function that returns the sum of squares of even numbers"
    ids = [f"01a1fc85-c72b-711a-becc-{n:012}" for n in range(3)]
    tasks = [
        pb.Task(task_id=each, text=text, status=n + 4, workflow="answer")
        for n, each in enumerate(ids)
    ]
    console = SafeConsole(file=io.StringIO(), force_terminal=True, width=width)
    console.print_table(task_table(tasks, 5.0))
    lines = shown(console).splitlines()
    assert [line.split()[0] for line in lines] == ["TASK", *ids]
    for line, status in zip(lines[1:], ("failed", "cancelled", "input_required"), strict=True):
        assert line.split()[1:4] == [status, "answer", "5s"]
        assert "write a " in line
        assert text in line or "…" in line


def test_nothing_in_the_command_line_writes_around_the_console() -> None:
    allowed = {"output.py", "standard_streams.py"}
    found = [
        f"{path.relative_to(CLI)}:{node.lineno}"
        for path in sorted(CLI.rglob("*.py"))
        if path.name not in allowed
        for node in _nodes(ast.parse(path.read_text(encoding="utf-8")))
        if _writes(node)
    ]
    assert found == []


def _nodes(tree: ast.AST) -> Iterator[Any]:
    """Yield the nodes of a tree, but not the stream that is only asked whether it is a terminal."""
    if isinstance(tree, ast.Attribute) and tree.attr == "isatty":
        return
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _nodes(child)


def _writes(node: ast.AST) -> bool:
    """Say whether a node prints by itself, makes a console, or lets rich read markup."""
    if isinstance(node, ast.keyword):
        return node.arg == "markup" and getattr(node.value, "value", None) is not False
    if isinstance(node, ast.Attribute):
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        streams = {"stdin", "stdout", "stderr", "__stdout__", "__stderr__"}
        return (name == "sys" and node.attr in streams) or node.attr in {
            *("from_markup", "from_ansi", "echo", "secho", "print_exception", "out")
        }
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in {
        "print",
        "input",
        "Console",
        "SafeConsole",
    }
