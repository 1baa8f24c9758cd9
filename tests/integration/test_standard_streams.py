"""Every command, its standard streams closed, full, cut or narrow, its data and arguments odd."""

from __future__ import annotations

import json
import os
import pty
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.integration.command import new_command_line
from tests.integration.every_command import HOSTILE, MARKUP, Invocations, leaf_commands
from tests.integration.forked_commands import CLOSED, CUT, FULL, Commands, Ended

COMMANDS = leaf_commands()
STYLES = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|1A|2K)")
"""Colours, and how a live view takes its lines back: all that the command line itself sends."""

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
WITHOUT_JSON = {"up", "down", "docs remove", "models use", "models remove"}
WITH_JSON = [each for each in COMMANDS if each not in WITHOUT_JSON]
# Shows the hostile data whole, so that its brackets must be found in it.
SHOWS_MARKUP = {"submit", "show", "history", "diff", "docs list", "docs search"}


T = TypeVar("T")


def in_turn(kinds: Sequence[T]) -> list[tuple[str, T]]:
    """Give each command one of the kinds, in turn, and the first ones of a kind all of them.

    All commands write through one place, so every pair would find little more for a long time.
    """
    every = ["submit", "tasks", "docs list"]
    pairs = [(command, kinds[number % len(kinds)]) for number, command in enumerate(COMMANDS)]
    more = [(command, kind) for command in every for kind in kinds]
    return pairs + [each for each in more if each not in pairs]


@dataclass
class Stack:
    """A stack that holds hostile data, and a way to run every command on it."""

    run: Commands
    called: Invocations
    elsewhere: str
    _normal: dict[str, Ended] = field(default_factory=dict)

    def __call__(self, command: str, *more: str, **streams: str) -> Ended:
        # `down` is asked of a stack that is not up: this one is needed.
        other = {"MESH_HOME": self.elsewhere} if command == "down" else {}
        return self.run([*self.called.of(command), *more], **streams, **other)

    def normally(self, command: str) -> Ended:
        if command not in self._normal:
            self._normal[command] = self(command)
        return self._normal[command]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("streams")
    command = new_command_line(folder)
    started = command("up")
    assert started.status == 0, started.err
    environment = {"MESH_HOME": str(command.home), "MESH_PORT_BASE": str(command.port_base)}
    try:
        called = Invocations.prepare(command, folder)
        with Commands(folder, environment) as run:
            yield Stack(run, called, str(folder / "elsewhere"))
    finally:
        assert command("down").status == 0


@pytest.mark.parametrize(("command", "stream"), in_turn([CLOSED, FULL, CUT]))
def test_output_that_cannot_be_written_is_a_line_and_a_status(
    stack: Stack, command: str, stream: str
) -> None:
    normal, ended = stack.normally(command), stack(command, stdout=stream)
    if not normal.out:
        assert ended.status == normal.status
    elif stream == CUT:
        assert (ended.status, ended.err) == (141, normal.err)
    else:
        assert ended.status == 1
        assert ended.err.startswith(normal.err)
        [line] = ended.err.removeprefix(normal.err).splitlines()
        assert line.startswith(b"mesh: the output cannot be written: ")


@pytest.mark.parametrize(("command", "stream"), in_turn([CLOSED, FULL, CUT]))
def test_errors_that_cannot_be_written_change_nothing(
    stack: Stack, command: str, stream: str
) -> None:
    assert stack(command, stderr=stream).status == stack.normally(command).status
    if stack.normally(command).out:
        assert stack(command, stdout=FULL, stderr=stream).status == 1


@pytest.mark.parametrize(("command", "encoding"), in_turn(["ascii", "latin-1"]))
def test_a_narrow_encoding_gets_what_it_can_show(stack: Stack, command: str, encoding: str) -> None:
    ended = stack(command, encoding=encoding)
    assert ended.status == stack.normally(command).status
    for said in (ended.out, ended.err):
        assert "�" not in said.decode(encoding)
    if command not in WITHOUT_JSON:
        for line in stack(command, "--json", encoding=encoding).out.splitlines():
            parsed = json.loads(line.decode("ascii"))
            json.dumps(parsed, ensure_ascii=False).encode()  # no lone surrogate


@pytest.mark.parametrize(
    ("command", "screen"), in_turn([("xterm-256color", "2000"), ("dumb", "1")])
)
def test_nothing_that_a_terminal_obeys_reaches_it(
    stack: Stack, command: str, screen: tuple[str, str]
) -> None:
    terminal, columns = screen
    shown = on_a_terminal(stack, command, TERM=terminal, COLUMNS=columns, NO_COLOR="1")
    text = STYLES.sub("", shown.decode().replace("\r\n", "\n"))
    assert OBEYED.findall(text) == []
    assert stack.normally(command).status in (0, 1, 2)
    said = stack.normally(command)
    # A tool's output goes into a pipe as it is: see the next test.
    checked = said.err if command == "tools call" else said.out + said.err
    assert OBEYED.findall(checked.decode()) == []
    if columns == "2000" and command in SHOWS_MARKUP:
        assert "[red]markup[" in text


def test_the_output_of_a_tool_goes_into_a_pipe_as_it_is(stack: Stack) -> None:
    assert stack("tools call").out == f"{HOSTILE}\n".encode()
    on_screen = on_a_terminal(stack, "tools call", COLUMNS="2000", TERM="xterm").decode()
    assert "\\x1b]0;owned\\x07" in on_screen
    assert MARKUP in on_screen


@pytest.mark.parametrize("command", WITH_JSON)
def test_json_means_exactly_what_is_there_and_shows_it_safely(stack: Stack, command: str) -> None:
    out = stack(command, "--json").out.decode()
    assert OBEYED.findall(out.replace("\n", "")) == []
    if command in {"tasks", "show", "tools call"}:
        texts = [json.loads(line) for line in out.splitlines()]
        assert HOSTILE in [each.get("text", each.get("output")) for each in texts]


@pytest.mark.parametrize("command", COMMANDS)
def test_bytes_that_are_no_utf_8_in_any_argument_are_a_line(stack: Stack, command: str) -> None:
    latin_1 = os.fsencode(stack.called.folder) + b"/caf\xe9"
    words = [os.fsencode(each) for each in stack.called.of(command)]
    for place in range(len(command.split()), len(words) + 1):
        odd = [*words[:place], latin_1, *words[place + 1 :]]
        ended = stack.run(odd, **({"MESH_HOME": stack.elsewhere} if command == "down" else {}))
        assert ended.status in (0, 1, 2)
        ended.out.decode()
        if ended.status:
            assert ended.err.decode().strip()
        if ended.status == 2:
            assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["docs add", "backup", "restore", "fork"])
@pytest.mark.parametrize(
    "path", ["/proc/self/mem", ".", "missing", "missing/x", "loop", "x" * 300, "/dev/full", "\xe9"]
)
def test_a_file_that_cannot_be_read_or_written_is_a_line(
    stack: Stack, command: str, path: str, tmp_path: Path
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    file = str(tmp_path / path)
    arguments = {
        "docs add": ["docs", "add", file],
        "backup": ["backup", file],
        "restore": ["restore", file],
        "fork": ["fork", stack.called.coded, "--at", "2", "--set", f"text=@{file}"],
    }[command]
    ended = stack.run(arguments)
    if (command, path) not in {("backup", "\xe9"), ("backup", "missing")}:
        assert ended.status in (1, 2)
        assert len(ended.err.splitlines()) == 1


def on_a_terminal(stack: Stack, command: str, **environment: str) -> bytes:
    """Run a command with a terminal as its standard output, and return what that was sent."""
    master, slave = pty.openpty()
    received: list[bytes] = []
    reader = threading.Thread(target=_read_all, args=(master, received))
    reader.start()
    try:
        ended = stack(command, stdout=os.ttyname(slave), **environment)
        assert ended.status == stack.normally(command).status
    finally:
        os.close(slave)
        reader.join(10)
        os.close(master)
    return b"".join(received)


def _read_all(master: int, received: list[bytes]) -> None:
    while True:
        try:
            received.append(os.read(master, 65536))
        except OSError:  # the other side is closed
            return
